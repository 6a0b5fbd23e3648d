// rujukan inspect: any file of the system readably, without payload.
#include <nlohmann/json.hpp>

#include "broker/base/limits.h"
#include "broker/crypto/sha256.h"
#include "broker/merkle/receipt.h"
#include "broker/runtime/file.h"
#include "broker/seal/seal.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"
#include "broker/wire/order_codec.h"
#include "broker/wire/release_codec.h"
#include "ops/cli/cli.h"
#include "ops/cli/describe.h"
#include "ops/cli/json_lists.h"
#include "ops/cli/unverified_checkpoint.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Recognises by its first bytes and prints one of: message, log entry, receipt (.tlog-proof), signed
checkpoint, release, order, sealed payload (its digest, its sizes and for whom it is sealed; nothing
of its content, which only recipients can open). Nothing is verified: see `rujukan receipt verify`,
`rujukan release verify` and `rujukan log verify`.

Examples:
  rujukan inspect done/complaint-1.tlog-proof
  rujukan inspect --json message.rjm

Exit codes: 0 printed; 2 the file is none of these.)";

struct Options {
  std::string file;
  bool json = false;
};

constexpr std::string_view kReceiptHeader = "c2sp.org/tlog-proof@v1\n";
// Size prefix and root offset stand before the identifier.
constexpr std::size_t kIdentifierAt = 8;

std::string_view identifier_of(std::string_view bytes) {
  return bytes.size() < kIdentifierAt + 4 ? std::string_view() : bytes.substr(kIdentifierAt, 4);
}

Result<Json> show_message(std::string_view bytes) {
  const auto message = wire::decode_message(as_bytes(bytes));
  if (!message) return message.error();
  return Json{{"message", describe(*message)}};
}

Result<Json> show_entry(std::string_view bytes) {
  const auto entry = wire::decode_entry(as_bytes(bytes));
  if (!entry) return entry.error();
  return Json{{"entry", describe(*entry)}};
}

Result<Json> show_signed_release(std::string_view bytes) {
  const auto envelope = wire::decode_signed_release(as_bytes(bytes));
  if (!envelope) return envelope.error();
  const auto release = wire::decode_release(envelope->body);
  if (!release) return release.error();
  return Json{{"release", describe(*release, false)},
              {"digest", to_hex(sha256(envelope->body))},
              {"signatures", envelope->signatures.size()}};
}

Result<Json> show_release_body(std::string_view bytes) {
  const auto release = wire::decode_release(as_bytes(bytes));
  if (!release) return release.error();
  return Json{{"release", describe(*release, false)}, {"digest", to_hex(sha256(as_bytes(bytes)))}};
}

Result<Json> show_signed_order(std::string_view bytes) {
  const auto envelope = wire::decode_signed_order(as_bytes(bytes));
  if (!envelope) return envelope.error();
  const auto order = wire::decode_order(envelope->body);
  if (!order) return order.error();
  return Json{{"order", describe(*order)}, {"signatures", envelope->signatures.size()}};
}

Result<Json> show_order_body(std::string_view bytes) {
  const auto order = wire::decode_order(as_bytes(bytes));
  if (!order) return order.error();
  return Json{{"order", describe(*order)}};
}

Result<Json> show_payload(std::string_view bytes) {
  const auto units = sealed_for(as_bytes(bytes));
  if (!units) return units.error();
  return Json{{"sealed payload",
               {{"digest", to_hex(sha256(as_bytes(bytes)))},
                {"bytes", bytes.size()},
                {"boxes", id_list(*units)}}}};
}

Result<Json> show_checkpoint(std::string_view note) {
  const auto read = read_unverified_checkpoint(note);
  if (!read) return read.error();
  Json out = describe(read->checkpoint);
  out["signed_by"] = Json(read->signers);
  return Json{{"checkpoint", std::move(out)}};
}

Result<Json> show_receipt(std::string_view text) {
  const auto receipt = merkle::receipt_from_text(text);
  if (!receipt) return receipt.error();
  auto checkpoint = show_checkpoint(receipt->checkpoint);
  if (!checkpoint) return checkpoint.error();
  auto entry = show_entry(as_text(receipt->entry));
  if (!entry) return entry.error();
  Json out = {
      {"receipt", {{"index", to_number(receipt->index)}, {"path_hashes", receipt->path.size()}}}};
  out.update(*checkpoint);
  out.update(*entry);
  return out;
}

Result<Json> show(std::string_view bytes) {
  const std::string_view identifier = identifier_of(bytes);
  if (identifier == "RJM1") return show_message(bytes);
  if (identifier == "RJE1") return show_entry(bytes);
  if (identifier == "RJRS") return show_signed_release(bytes);
  if (identifier == "RJR1") return show_release_body(bytes);
  if (identifier == "RJOS") return show_signed_order(bytes);
  if (identifier == "RJO1") return show_order_body(bytes);
  if (identifier == "RJS1") return show_payload(bytes);
  if (bytes.starts_with(kReceiptHeader)) return show_receipt(bytes);
  if (bytes.find("\n\n\xE2\x80\x94 ") != std::string_view::npos) return show_checkpoint(bytes);
  return Error{ErrorCode::kFileUnreadable,
               {},
               "not a message, entry, receipt, checkpoint, release, order or sealed payload"};
}

int run(const Options& options) {
  const auto bytes = read_file(options.file, limits::kReleaseBytes);
  if (!bytes) return fail(bytes.error());
  const auto shown = show(*bytes);
  if (!shown) return fail(options.file, shown.error());
  print(*shown, options.json);
  return kOk;
}

}  // namespace

void add_inspect(CommandSyntax app, int& exit_code) {
  const auto command =
      app.add_subcommand("inspect", "Print any message, entry, receipt or release");
  const auto options = std::make_shared<Options>();
  command.add_option("FILE", options->file, "File to print").type_name("").required();
  command.add_flag("--json", options->json, "As JSON");
  command.footer(kManual);
  command.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
