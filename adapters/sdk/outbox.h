// What the station has to say. A message is in the outbox before it is sent and leaves it only when
// its receipt or refusal was handed on; it is sent with the same bytes until then.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <vector>

#include "adapters/sdk/planner.h"
#include "adapters/sdk/station_database.h"

namespace rujukan::sdk {

// Position in the outbox; ascends.
enum class OutboxSeq : std::uint64_t {};

// Waits for an outcome.
struct OutboxItem {
  OutboxSeq seq{};
  std::string ticket;  // who asked; unique while the item is in the outbox
  UnitId unit;
  Bytes message;
  std::optional<Bytes> payload;
  Bytes plaintext;
  std::uint32_t replans = 0;  // because somebody else moved the case
};

// Has an outcome, which its asker did not take yet.
struct SettledItem {
  OutboxSeq seq{};
  std::string ticket;
  Bytes message;
  std::string receipt;  // merkle::receipt_to_text; empty for a refusal that was not logged
  std::uint32_t case_version = 0;
  std::optional<Error> refusal;
};

// Tickets of the station's own messages start with this; those of the agency's side do not.
inline constexpr char kOwnTicket = '~';
enum class Asker { kAgency, kStation };

// Errors of every function: store.*, fatal.
class Outbox {
 public:
  explicit Outbox(Database& database) : database_(database) {}

  // False, and nothing changes, when the ticket is in the outbox already.
  Result<bool> add(const std::string& ticket, const Planned& planned);
  // What may be sent: the most urgent first, then the oldest, without those in `busy`, at most
  // `limit`. Of what one unit says in one case only the oldest, which has no outcome yet; what
  // acknowledges or reports mail stands in no such line.
  Result<std::vector<OutboxItem>> waiting(const std::set<OutboxSeq>& busy, std::size_t limit) const;
  // Whether something that the unit says in the case has no outcome yet.
  Result<bool> in_line(const UnitId& unit, const CaseId& case_id) const;
  // The same intent under a new message id. `moved`: because somebody else moved the case.
  Result<void> replace(OutboxSeq seq, const Planned& planned, bool moved);
  Result<void> settle(OutboxSeq seq, const std::string& receipt, std::uint32_t case_version,
                      const std::optional<Error>& refusal);
  // Of what waits: a guarantee keeps the unit out of the case, and what it wrote may hold what it
  // was told. The messages still go, sealed as they are, and are answered.
  Result<void> forget_plaintext(const UnitId& unit, const CaseId& case_id);
  // The same of an erased case: of what may tell others of it, by whichever unit.
  Result<void> forget_narratives(const CaseId& case_id);
  // Oldest first, without those in `busy`, at most `limit`.
  Result<std::vector<SettledItem>> settled(Asker asker, std::size_t limit,
                                           const std::set<OutboxSeq>& busy = {}) const;
  Result<bool> holds(const std::string& ticket) const;
  // nullopt: nothing waits with the ticket.
  Result<std::optional<OutboxSeq>> waiting_as(const std::string& ticket) const;
  Result<void> forget(OutboxSeq seq);
  Result<std::size_t> size() const;

 private:
  Result<void> forget_plaintext_if(const std::function<bool(const Message&)>& fits);

  Database& database_;
};

}  // namespace rujukan::sdk
