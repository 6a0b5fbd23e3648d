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

constexpr std::size_t kFinishedAtOnce = 256;
constexpr const char* kAnswerSuffix = ".answer.json";

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
  return folders_.deliver(delivery_name(delivery), delivery_text(delivery));
}

Result<void> Gateway::forget(const UnitId& unit, const CaseId& case_id) {
  return folders_.remove_delivered([&](const std::filesystem::path& file) -> Result<bool> {
    if (!is_delivery_to(file.filename().string(), unit)) return false;
    const auto text = read_file(file, limits::kDeliveryFileBytes);
    if (text) return tells_of(*text, case_id);
    // The agency may have taken it meanwhile.
    if (!std::filesystem::exists(file)) return false;
    return text.error();
  });
}

bool Gateway::accepts(const UnitId& unit) const {
  return parts_.config.auto_accept && !parts_.config.silent_units.contains(unit);
}

Result<void> Gateway::look() {
  const auto files = folders_.take_ready(clock_);
  if (!files) return files.error();
  if (auto done = plan_taken(*files); !done) return done;
  return finish_settled(*files);
}

Result<void> Gateway::plan_taken(const std::vector<TakenFile>& files) {
  station_->agency_waits(false);
  if (files.empty()) return {};
  const auto table = station_->releases().usable(clock_.now());
  if (!table) {
    if (!waits_for_release_) trace::warning("gateway.waits", {{"for", to_string(table.error())}});
    waits_for_release_ = true;
    station_->agency_waits(true);
    return {};
  }
  waits_for_release_ = false;
  for (const TakenFile& file : files) {
    const auto known = station_->outbox().holds(file.ticket);
    if (!known) return known.error();
    if (*known) continue;
    const auto planned = plan(file, **table);
    if (planned) {
      const auto added = station_->outbox().add(file.ticket, *planned);
      if (!added) return added.error();
      trace::info("file.taken",
                  {{"ticket", file.ticket}, {"message", to_string(planned->message.message_id)}});
      continue;
    }
    switch (fate_of(planned.error().code)) {
      case Fate::kFatal:
        return planned.error();
      case Fate::kRetry:  // stays where it is until the next look
        station_->agency_waits(true);
        break;
      case Fate::kRefuse:
        if (auto done = fail(file, planned.error(), ""); !done) return done;
        break;
    }
  }
  return {};
}

Result<sdk::Planned> Gateway::plan(const TakenFile& file,
                                   const routing::RoutingTable& table) const {
  const auto text = folders_.read(file);
  if (!text) return text.error();
  const sdk::Planner planner(table, parts_.keys, clock_);
  if (file.name.ends_with(kAnswerSuffix)) {
    const auto answer = parse_answer(*text);
    if (!answer) return answer.error();
    const auto known = station_->cases().find(answer->case_id);
    if (!known) return known.error();
    if (!*known) return Error{ErrorCode::kCaseUnknown, "case"};
    const auto payloads = station_->cases().payloads(answer->case_id);
    if (!payloads) return payloads.error();
    return planner.answer(*answer, **known, *payloads);
  }
  if (!parts_.mapping) {
    return Error{ErrorCode::kConfigMissing, "mapping", "this gateway takes answers only"};
  }
  const auto record = parts_.mapping->map(*text);
  if (!record) return record.error();
  return planner.referral(*record);
}

Result<void> Gateway::finish_settled(const std::vector<TakenFile>& files) {
  const auto items = station_->outbox().settled(sdk::Asker::kAgency, kFinishedAtOnce);
  if (!items) return items.error();
  for (const sdk::SettledItem& item : *items) {
    const auto file = std::find_if(files.begin(), files.end(), [&item](const TakenFile& taken) {
      return taken.ticket == item.ticket;
    });
    // Moved already, before a crash.
    if (file != files.end()) {
      if (auto done = finish(*file, item); !done) return done;
    }
    if (auto done = station_->outbox().forget(item.seq); !done) return done;
  }
  return {};
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
