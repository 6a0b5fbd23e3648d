// What a station receives: true answers and deliveries of a real broker, between them others that
// are damaged, doubled, late, meant for another station, or noise. It hands on only what lies in
// the log, takes no refusal from the log that the log does not hold, survives, and when the line is
// good again everything arrives.
#include <deque>

#include "adapters/sdk/anchor.h"
#include "adapters/sdk/station.h"
#include "broker/merkle/receipt.h"
#include "broker/wire/entry_codec.h"
#include "tests/fuzz/drawn_bytes.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/fuzzed_broker.h"
#include "tests/support/small_release.h"
#include "tests/support/small_station.h"

namespace {

using namespace rujukan;
using fuzz::require;

constexpr std::size_t kSteps = 24;   // of one input
constexpr std::size_t kTurns = 200;  // in which an undisturbed exchange comes to rest
constexpr std::string_view kText = "{\"teks\":\"[CONTOH]\"}";

class FuzzedStation final : private sdk::Agency {
 public:
  FuzzedStation(std::string name, Clock& clock)
      : name_(std::move(name)), clock_(clock), keys_(test::small_secrets(name_)) {
    open();
  }

  // As a process that starts.
  void open() {
    station_.reset();
    outgoing_.clear();
    auto database = sdk::open_station_database((folder_ / "station.db").string());
    require(database.ok());
    database_ = *std::move(database);
    sdk::StationSettings settings;
    settings.retry = {std::chrono::milliseconds(0), std::chrono::milliseconds(0)};
    auto station = sdk::Station::open({*database_, anchor_, keys_, clock_}, *this, settings);
    require(station.ok());
    station_ = *std::move(station);
    connect();
  }
  void connect() {
    station_->disconnected();
    outgoing_.clear();
    const auto send = [this](const wire::Frames& frames) {
      outgoing_.push_back(frames);
      return true;
    };
    require(station_->connected(send).ok());
  }
  void pump() { require(station_->pump().ok()); }
  enum class As { kSent, kSpoiled };
  // Only what the broker did not send like this can make it look as if its log had forked; then a
  // person says that it has not.
  void receive(const wire::Frames& frames, As as) {
    const std::vector<ByteView> views(frames.begin(), frames.end());
    const auto received = station_->receive(views);
    if (received) return station_->distrusts() ? connect() : void();
    const ErrorCode code = received.error().code;
    require(as == As::kSpoiled &&
            (code == ErrorCode::kCheckpointFork || code == ErrorCode::kCheckpointBehind));
    require(sdk::accept_log(*database_).ok());
    open();
  }
  void refer() {
    const auto table = station_->releases().newest();
    if (!table) return;
    const auto planned =
        sdk::Planner(*table, keys_, clock_)
            .referral({UnitId("kpai"), test::offline_facts(), {}, std::string(kText)});
    require(planned.ok());
    require(station_->outbox().add(std::to_string(++tickets_), *planned).value());
  }
  std::deque<wire::Frames>& outgoing() { return outgoing_; }
  const std::string& name() const { return name_; }
  std::size_t waiting() {
    const auto settled = station_->outbox().settled(sdk::Asker::kAgency, 100);
    for (const sdk::SettledItem& item : *settled) {
      require(item.refusal || proven(item.receipt));
      require(station_->outbox().forget(item.seq).ok());
    }
    return *station_->outbox().size();
  }
  const std::set<std::pair<std::string, std::uint64_t>>& kept() const { return kept_; }
  std::vector<UnitId> units() const { return keys_.units(); }

 private:
  bool proven(const std::string& text) const {
    const auto receipt = merkle::receipt_from_text(text);
    return receipt && merkle::verify_receipt(*receipt, anchor_.log).ok();
  }
  Result<void> keep(const sdk::CheckedDelivery& delivery) override {
    require(keys_.serves(delivery.unit));
    require(!delivery.narrative || *delivery.narrative == kText);
    require(!delivery.seal_fault);  // its sender sealed it well
    kept_.insert({delivery.unit.str(), to_number(delivery.checked.entry.index)});
    return {};
  }
  Result<void> forget(const UnitId&, const CaseId&) override { std::abort(); }
  bool accepts(const UnitId& unit) const override { return unit.view() == "polda"; }

  const std::string name_;
  Clock& clock_;
  const sdk::Anchor anchor_ = test::small_anchor();
  const sdk::UnitKeys keys_;
  test::TemporaryFolder folder_;
  std::unique_ptr<sdk::Database> database_;
  std::unique_ptr<sdk::Station> station_;
  std::deque<wire::Frames> outgoing_;
  std::set<std::pair<std::string, std::uint64_t>> kept_;
  std::uint32_t tickets_ = 0;
};

class Drawing {
 public:
  explicit Drawing(ByteView input)
      : bytes_(input),
        broker_(test::small_release()),
        kpai_("kpai", broker_.clock),
        police_("police", broker_.clock) {}

  void run() {
    for (std::size_t i = 0; i < kSteps && !bytes_.spent(); ++i) step();
    settle();
  }

 private:
  void step() {
    switch (bytes_.below(8)) {
      case 0:
        return kpai_.refer();
      case 1:
        return broker_.pass(std::chrono::seconds(30) * bytes_.byte());
      case 2:
        broker_.restart();
        kpai_.connect();
        return police_.connect();
      case 3:
        return (bytes_.below(2) == 0 ? kpai_ : police_).open();
      case 4:
        return noise();
      default:
        return carry(kpai_), carry(police_);
    }
  }

  // What has queued goes to the broker, and what comes back to the stations, spoiled.
  void carry(FuzzedStation& station) {
    station.pump();
    while (!station.outgoing().empty()) {
      broker_.take(station.name(), std::exchange(station.outgoing().front(), {}));
      station.outgoing().pop_front();
    }
    for (fuzz::Sent& sent : broker_.sent()) {
      history_.push_back(sent);
      deliver(std::move(sent));
    }
  }

  void deliver(fuzz::Sent sent) {
    using As = FuzzedStation::As;
    FuzzedStation& to = sent.station == "kpai" ? kpai_ : police_;
    FuzzedStation& other = sent.station == "kpai" ? police_ : kpai_;
    wire::Frames& frames = sent.frames;
    switch (bytes_.below(10)) {
      case 0:  // lost
        return;
      case 1: {
        Bytes& frame = frames[bytes_.below(frames.size())];
        if (frame.empty()) break;
        const std::size_t at = (bytes_.byte() << 8 | bytes_.byte()) % frame.size();
        frame[at] ^= static_cast<std::uint8_t>(1U << bytes_.below(8));
        break;
      }
      case 2: {
        Bytes& frame = frames[bytes_.below(frames.size())];
        frame.resize(frame.size() - std::min<std::size_t>(frame.size(), 1 + bytes_.byte()));
        break;
      }
      case 3:
        frames.resize(bytes_.below(frames.size() + 1));
        break;
      case 4:  // twice
        to.receive(frames, As::kSent);
        break;
      case 5:
        return other.receive(frames, As::kSpoiled);
      case 6:
        to.receive(frames, As::kSent);
        frames = history_[bytes_.byte() % history_.size()].frames;
        break;
      case 7: {  // a frame of another message
        const wire::Frames& before = history_[bytes_.byte() % history_.size()].frames;
        frames[bytes_.below(frames.size())] = before[bytes_.below(before.size())];
        break;
      }
      default:
        return to.receive(frames, As::kSent);
    }
    to.receive(frames, As::kSpoiled);
  }

  void noise() {
    wire::Frames frames = {
        {'R', 'J', wire::kProtocolVersion, static_cast<std::uint8_t>(bytes_.below(12))}};
    for (std::size_t more = bytes_.below(4); more > 0; --more) {
      frames.push_back(to_bytes(bytes_.take(bytes_.byte())));
    }
    police_.receive(frames, FuzzedStation::As::kSpoiled);
  }

  // The line is good from here on: everything that lies in a mailbox arrives.
  void settle() {
    kpai_.connect();
    police_.connect();
    for (std::size_t turn = 0; turn < kTurns; ++turn) {
      bool moved = false;
      for (FuzzedStation* station : {&kpai_, &police_}) {
        station->pump();
        while (!station->outgoing().empty()) {
          broker_.take(station->name(), std::exchange(station->outgoing().front(), {}));
          station->outgoing().pop_front();
          moved = true;
        }
      }
      broker_.pass({});
      for (const fuzz::Sent& sent : broker_.sent()) {
        (sent.station == "kpai" ? kpai_ : police_).receive(sent.frames, FuzzedStation::As::kSent);
        moved = true;
      }
      if (!moved && kpai_.waiting() == 0 && police_.waiting() == 0) return check();
    }
    std::abort();
  }

  void check() const {
    for (const FuzzedStation* station : {&kpai_, &police_}) {
      for (const UnitId& unit : station->units()) require(broker_.mailbox(unit).empty());
    }
    for (const auto& [unit, index] : police_.kept()) require(index < broker_.log_size());
    broker_.audit();
  }

  fuzz::DrawnBytes bytes_;
  fuzz::FuzzedBroker broker_;
  FuzzedStation kpai_;
  FuzzedStation police_;
  std::vector<fuzz::Sent> history_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Drawing({data, size}).run();
  return 0;
}
