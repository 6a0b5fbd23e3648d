// rujukan order new: an unsigned order file.
#include <cstdio>
#include <filesystem>

#include "broker/merkle/note.h"
#include "broker/runtime/random.h"
#include "ops/cli/cli.h"
#include "ops/cli/order_file.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Writes an order without signatures, with an id of its own; an existing file is not replaced. KIND is
  hold                keep the payloads of the case, open or closed, until the hold is lifted
  lift-hold           end the hold
  consent-to-erasure  agree to the erasure that the owner has proposed for the same legal basis
CASE is the case's id, as in `rujukan cases`. The legal basis is a code of lower-case letters, digits,
'.', '-' and '_'.

Example:
  rujukan order new consent-to-erasure 01890a5d-ac96-774b-bcce-b302099a8057 \
      --legal-basis uu-27-2022 --log-origin example.org/log -o erasure-4.rjo

Exit codes: 0 written; 2 a value is not allowed, the file exists or cannot be written.)";

struct Options {
  std::string kind;
  std::string case_id;
  std::string legal_basis;
  std::string log_origin;
  std::string out;
};

Result<Order> order_of(const Options& options) {
  const auto kind = code_from_name<OrderKind>(options.kind);
  if (!kind) return Error{ErrorCode::kConfigValue, "KIND", "not a kind of order: " + options.kind};
  const auto case_id = uuid_from_string(options.case_id);
  if (!case_id) return Error{ErrorCode::kConfigValue, "CASE", "not a case's id"};
  if (!is_valid_id(options.legal_basis)) {
    return Error{ErrorCode::kConfigValue, "--legal-basis", "not a code: " + options.legal_basis};
  }
  if (!merkle::is_valid_origin(options.log_origin)) {
    return Error{ErrorCode::kConfigValue, "--log-origin", "letters, digits and . _ / - only"};
  }
  SystemClock clock;
  return Order{MessageId{new_uuid7(clock)}, options.log_origin, CaseId{*case_id}, *kind,
               options.legal_basis,         clock.now()};
}

int run(const Options& options) {
  const auto order = order_of(options);
  if (!order) return fail(order.error());
  std::error_code unreadable;  // then writing says why
  if (std::filesystem::exists(options.out, unreadable)) {
    return fail(Error{ErrorCode::kFileUnwritable, options.out, "it exists"});
  }
  const auto written =
      write_order_file(options.out, {.body = wire::encode_order(*order), .signatures = {}});
  if (!written) return fail(written.error());
  std::printf("%s: order %s, %s, case %s, not signed yet\n", options.out.c_str(),
              to_string(order->order_id).c_str(), options.kind.c_str(),
              to_string(order->case_id).c_str());
  return kOk;
}

}  // namespace

void add_order_new(CommandSyntax order, int& exit_code) {
  const auto command = order.add_subcommand("new", "Write an order without signatures");
  const auto options = std::make_shared<Options>();
  command.add_option("KIND", options->kind, "hold, lift-hold or consent-to-erasure")
      .type_name("")
      .required();
  command.add_option("CASE", options->case_id, "The case's id").type_name("").required();
  command.add_option("--legal-basis", options->legal_basis, "Why, as a code")
      .type_name("CODE")
      .required();
  command.add_option("--log-origin", options->log_origin, "Origin line of the log's checkpoints")
      .type_name("ORIGIN")
      .required();
  command.add_option("-o,--out", options->out, "File to write").type_name("FILE").required();
  command.footer(kManual);
  command.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
