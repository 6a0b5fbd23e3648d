#include "adapters/gateway/gateway.h"

#include <algorithm>

#include "adapters/gateway/answer_file.h"
#include "adapters/gateway/case_json.h"
#include "adapters/gateway/evidence.h"
#include "broker/base/limits.h"
#include "broker/merkle/receipt.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"

namespace rujukan::gateway {
namespace {

// What the folder does not allow passes when a person has made room or put it right.
Result<void> usable(const Result<void>& done) {
  if (done || fate_of(done.error().code) == Fate::kFatal) return done;
  return Error{ErrorCode::kFolderUnusable, done.error().field, to_string(done.error())};
}

}  // namespace

Result<Gateway::Parts> Gateway::load(Config config) {
  auto anchor = sdk::read_anchor(config.anchor);
  if (!anchor) return anchor.error();
  auto secrets = read_unit_secrets(config.unit_keys_file);
  if (!secrets) return secrets.error();
  std::optional<Mapping> mapping;
  if (!config.mapping.empty()) {
    const auto text = read_file(config.mapping, limits::kConfigFileBytes);
    if (!text) return text.error();
    auto parsed = Mapping::parse(*text, config.mapping.string());
    if (!parsed) return parsed.error();
    mapping = *std::move(parsed);
  }
  return Parts{std::move(config), *std::move(anchor), sdk::UnitKeys(*secrets), std::move(mapping)};
}

Result<std::unique_ptr<Gateway>> Gateway::open(Parts parts, Clock& clock) {
  auto folders = Folders::open(parts.config.folder);
  if (!folders) return folders.error();
  auto lock = DirectoryLock::acquire(parts.config.folder);
  if (!lock) return lock.error();
  if (auto swept = folders->sweep(); !swept) return swept.error();
  auto database = sdk::open_station_database(parts.config.database.string());
  if (!database) return database.error();
  std::unique_ptr<Gateway> gateway(
      new Gateway(std::move(parts), clock, *std::move(folders), *std::move(lock)));
  gateway->database_ = *std::move(database);
  const Parts& fixed = gateway->parts_;
  sdk::StationSettings settings;
  settings.retry = fixed.config.retry;
  settings.outcome_within = fixed.config.outcome_within;
  if (const auto found = sdk::find_contradiction(*gateway->database_); !found || *found) {
    if (!found) return found.error();
    // The crash may have come between the database and the files.
    gateway->leave_alarm({(*found)->code, "checkpoint", (*found)->detail});
    return Error{(*found)->code, "checkpoint", "found before: see ALARM.txt"};
  }
  auto station = sdk::Station::open({*gateway->database_, fixed.anchor, fixed.keys, clock},
                                    *gateway, settings);
  if (!station) return station.error();
  gateway->station_ = *std::move(station);
  return gateway;
}

Result<void> Gateway::keep(const sdk::CheckedDelivery& delivery) {
  // What waits for the case is planned at once.
  for (auto& [ticket, pending] : pending_) {
    if (pending.line && pending.line->second == delivery.checked.case_id) pending.due = {};
  }
  return usable(folders_.deliver(delivery_name(delivery), delivery_text(delivery)));
}

Result<void> Gateway::forget(const UnitId& unit, const CaseId& case_id) {
  return usable(folders_.remove_delivered([&](const std::filesystem::path& file) -> Result<bool> {
    if (!is_delivery_to(file.filename().string(), unit)) return false;
    const auto text = read_file(file, limits::kDeliveryFileBytes);
    if (text) return tells_of(*text, case_id);
    // The agency may have taken it meanwhile.
    if (!std::filesystem::exists(file)) return false;
    return text.error();
  }));
}

bool Gateway::accepts(const UnitId& unit) const {
  return parts_.config.auto_accept && !parts_.config.silent_units.contains(unit);
}

Result<void> Gateway::finish(const TakenFile& file, const sdk::SettledItem& item) {
  if (item.refusal) return fail(file, *item.refusal, item.receipt);
  const auto message = wire::decode_message(item.message);
  const auto receipt = merkle::receipt_from_text(item.receipt);
  if (!message || !receipt) return Error{ErrorCode::kStoreCorrupt, "outbox", file.ticket};
  const auto entry = wire::decode_entry(receipt->entry);
  if (!entry) return Error{ErrorCode::kStoreCorrupt, "outbox.receipt", file.ticket};
  trace::info("file.done", {{"ticket", file.ticket},
                            {"case", to_string(message->case_id)},
                            {"index", to_number(entry->index)}});
  return folders_.finish(
      file, Finished::kDone,
      {{kReceiptSuffix, item.receipt}, {kResultSuffix, result_text(*message, *entry)}});
}

Result<void> Gateway::fail(const TakenFile& file, const Error& error, const std::string& receipt) {
  trace::warning("file.failed", {{"ticket", file.ticket}, {"code", name_of(error.code)}});
  std::vector<Folders::Companion> companions{{kErrorSuffix, error_text(error)}};
  if (!receipt.empty()) companions.push_back({kReceiptSuffix, receipt});
  return folders_.finish(file, Finished::kFailed, companions);
}

void Gateway::leave_alarm(const Error& fatal) {
  std::string text = to_string(fatal) + "\n";
  const auto found = sdk::find_contradiction(*database_);
  if (found && *found) {
    if (auto kept = keep_evidence(parts_.config.folder, **found, parts_.anchor.log); !kept) {
      trace::error("gateway.evidence", kept.error());
    }
    text += "\n" + contradiction_text(**found, parts_.anchor.log);
  }
  const auto raised = folders_.raise_alarm("ALARM.txt", text);
  if (!raised) trace::error("gateway.alarm", raised.error());
}

Result<bool> Gateway::accept_log(const Config& config) {
  auto lock = DirectoryLock::acquire(config.folder);
  if (!lock) return lock.error();
  auto database = sdk::open_station_database(config.database.string());
  if (!database) return database.error();
  const auto found = sdk::find_contradiction(**database);
  if (!found) return found.error();
  if (!*found) return false;
  if (auto done = sdk::accept_log(**database); !done) return done.error();
  return true;
}

}  // namespace rujukan::gateway
