// Brings the mail of units to the stations that are connected, again and again until it is
// acknowledged. What lies in a mailbox is the store's; what is on its way is kept here and may be
// forgotten at any time.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>

#include "broker/deliver/unit_mail.h"
#include "broker/routing/table.h"
#include "broker/store/store.h"
#include "broker/transport/outbound.h"
#include "broker/wire/frames.h"

namespace rujukan::deliver {

// Owned by the sequencer; one thread. Errors of every function: store.*, fatal.
class Courier {
 public:
  // A receipt for an entry: the same bytes each time.
  using ReceiptSource = std::function<Result<Receipt>(LogIndex)>;

  // All outlive it.
  Courier(const store::Reader& reader, transport::Outbound& outbound, ReceiptSource receipts,
          std::chrono::seconds redeliver_after);

  // A station said hello: its mail is sent from the beginning. A second connection of a station
  // takes the place of the first. `serves`: of its units, those that it can take mail for now;
  // nullopt: all.
  void connected(const Station& station, const transport::ConnectionId& connection,
                 std::optional<std::set<UnitId>> serves);
  // A new release: stations that it does not know under their key get nothing more on their present
  // connection, the others get the mail of the units that they serve now.
  void follow(std::shared_ptr<const routing::RoutingTable> table);
  void gone(const transport::ConnectionId& connection);
  // After the commit that put mail into a unit's mailbox, from the entry `earliest` on, or took it
  // out. What is added may be older than what the unit was sent: a case's history.
  void mail_added(const UnitId& unit, LogIndex earliest);
  void mail_removed(const UnitId& unit, const std::vector<LogIndex>& indices);

  // Sends what the windows allow, and again what was not acknowledged in time. Each unit has a
  // window of its own; of one rank they take turns. `log_time`: that the next entry would have.
  Result<void> pump(SteadyTime now, TimeUs log_time);

 private:
  struct Unit {
    UnitMail mail;
    std::uint64_t turn = 0;  // of the station, when it was served last
  };
  struct Live {
    transport::ConnectionId connection;
    PublicKey curve_key{};
    std::optional<std::set<UnitId>> serves;
    std::map<UnitId, Unit> units;
    std::set<UnitId> unranked;  // may have mail beyond what was ranked
    std::set<UnitId> ready;     // may have something to send
    // On its way; at most limits::kDeliveryWindow, and no more once their bytes reach
    // limits::kDeliveryWindowBytes.
    std::size_t sent = 0;
    std::size_t sent_bytes = 0;
    std::uint64_t turns = 0;

    bool has_room() const;
  };

  Result<void> rank_some(Live& live);
  Result<void> rank_page(const UnitId& id, Live& live, std::size_t limit, std::size_t& ranked);
  Result<void> send_waiting(Live& live, SteadyTime now);
  Result<void> send_again(const StationId& station, Live& live, SteadyTime now);
  // An entry of a mailbox, as far as it has to be read before it is sent.
  struct Read {
    Entry entry;
    std::optional<Message> message;
    CaseRecord record;
  };
  Result<Read> read(ByteView entry) const;
  // What the guarantees let the unit have of it, by the case's facts as they are now. How many
  // bytes were sent.
  Result<std::size_t> send(const Live& live, const UnitId& unit, LogIndex index) const;
  Result<std::optional<Bytes>> payload_for(const UnitId& unit, LogIndex index,
                                           const Message& message, const CaseRecord& record) const;

  const store::Reader& reader_;
  transport::Outbound& outbound_;
  const ReceiptSource receipts_;
  const UnitWindow window_;
  TimeUs log_time_;                                     // of the pump that is under way
  std::shared_ptr<const routing::RoutingTable> table_;  // of the release in force
  std::map<StationId, Live> live_;
  std::map<UnitId, std::set<StationId>> stations_of_;  // connected ones
};

}  // namespace rujukan::deliver
