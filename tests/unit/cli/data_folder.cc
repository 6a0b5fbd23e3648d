#include "tests/unit/cli/data_folder.h"

#include <fstream>

#include "broker/merkle/proof.h"
#include "broker/merkle/receipt.h"
#include "broker/merkle/tree.h"
#include "broker/store/store.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"

namespace rujukan::test {
namespace {

constexpr std::uint64_t kStart = 1'770'000'000'000'000;  // microseconds

Ed25519SecretKey log_secret() { return Ed25519SecretKey::from_seed({1, 2, 3}); }

MessageId message_id(std::uint8_t number) { return MessageId{make_uuid7(kStart / 1000, {number})}; }

Message message_of(std::uint8_t number, const char* sender, MessageBody body) {
  Message message;
  message.message_id = message_id(number);
  message.case_id = case_id_of(message_id(1));
  message.sender = UnitId(sender);
  message.sent_at = time_from_us(kStart);
  message.release = ReleaseVersion{1};
  message.expected_version = number - 1u;
  message.recipients = {UnitId("polri.polda.metro-jaya.siber")};
  message.payload = PayloadRef{.digest = {9}, .size = 200, .commitment = {8}};
  message.body = std::move(body);
  return message;
}

Facts facts() {
  Facts out;
  out.categories = {Category::kSexualExtortion};
  out.victims = {AreaCode("31.71")};
  out.suspects = {AreaCode("18.71")};
  return out;
}

Entry entry_of(std::uint64_t index, Cause cause) {
  Entry entry;
  entry.index = LogIndex{index};
  entry.time = time_from_us(kStart + index);
  entry.release = ReleaseVersion{1};
  entry.cause = std::move(cause);
  return entry;
}

Entry message_entry(std::uint64_t index, const Message& message, std::vector<Event> events) {
  Entry entry =
      entry_of(index, MessageCause{wire::encode_message(message),
                                   {.unit = message.sender, .key_id = "sign-1", .path = {}}});
  entry.outcome.events = std::move(events);
  entry.outcome.case_version = static_cast<std::uint32_t>(index);
  entry.outcome.owner = UnitId("polri.polda.metro-jaya.siber");
  return entry;
}

std::vector<Event> opening_events() {
  const std::vector<UnitId> chain = {UnitId("polri.polda.metro-jaya.siber"),
                                     UnitId("polri.bareskrim.siber")};
  return {{.type = EventType::kOpened, .unit = chain.front()},
          {.type = EventType::kAssigned,
           .unit = chain.front(),
           .units = chain,
           .deadline = time_from_us(kStart + 86'400'000'000)}};
}

CaseRecord record() {
  CaseRecord out;
  out.case_id = case_id_of(message_id(1));
  out.version = 2;
  out.opened_at = time_from_us(kStart + 1);
  out.release = ReleaseVersion{1};
  out.opener = UnitId("kpai");
  out.facts = facts();
  out.assignments.resize(2);
  Assignment& investigation = out.assignments[0];
  investigation.need = Need::kInvestigation;
  investigation.function = FunctionId("investigation.cyber");
  investigation.rule = RuleId("I3");
  investigation.chain = {UnitId("polri.polda.metro-jaya.siber"), UnitId("polri.bareskrim.siber")};
  investigation.state = AssignmentState::kAccepted;
  investigation.accept_within_s = 86400;
  Assignment& protection = out.assignments[1];
  protection.need = Need::kProtection;
  protection.function = FunctionId("protection");
  protection.rule = RuleId("P1");
  protection.chain = {UnitId("uptd-ppa.31"), UnitId("kemenpppa.sapa")};
  protection.accept_within_s = 86400;
  protection.deadline = time_from_us(kStart + 86'400'000'000);
  out.informed = {UnitId("kpai")};
  return out;
}

// Writes as the sequencer does: entries, nodes and a signed checkpoint in one transaction.
class Writer {
 public:
  Writer(store::Store& store, const Tampering& tampering)
      : store_(store), tree_(store), tampering_(tampering) {}

  void commit(const std::vector<Entry>& entries) {
    require(store_.begin().ok());
    for (const Entry& entry : entries) append(entry);
    merkle::Checkpoint checkpoint{"example.org/log", tree_.size(), tree_.root()};
    tampering_.checkpoint(checkpoint);
    const bool wanted = note_.empty() || tampering_.last_checkpoint;
    note_ = merkle::sign_checkpoint(checkpoint, log_secret());
    if (wanted) require(store_.put_checkpoint({tree_.size(), note_}).ok());
    require(store_.put_case(record()).ok());
    require(store_.commit().ok());
  }
  // Of the entry at `index` in the latest commit.
  std::string receipt(std::uint64_t index) const {
    const Bytes entry = store_.entry(LogIndex{index}).value();
    return merkle::receipt_to_text(
        {LogIndex{index}, entry, tree_.inclusion(index, tree_.size()).value(), note_});
  }

 private:
  static void require(bool ok) { INVARIANT(ok); }

  void append(Entry entry) {
    tampering_.entry(entry);
    const Bytes bytes = wire::encode_entry(entry).value();
    const auto* cause = std::get_if<MessageCause>(&entry.cause);
    const auto message = cause ? wire::decode_message(cause->message).value() : Message{};
    require(store_
                .append({.index = LogIndex{tree_.size()},
                         .bytes = bytes,
                         .message_id = cause ? &message.message_id : nullptr,
                         .case_id = cause ? &message.case_id : nullptr})
                .ok());
    require(store_.put_nodes(tree_.append(merkle::leaf_hash(bytes))).ok());
  }

  store::Store& store_;
  merkle::Tree tree_;
  const Tampering& tampering_;
  std::string note_;
};

}  // namespace

DataFolder::DataFolder(const Tampering& tampering) {
  const auto store = store::Store::open(folder_.path()).value();
  Writer writer(*store, tampering);
  writer.commit({entry_of(0, ReleaseCause{ReleaseVersion{1}, Digest{7}}),
                 message_entry(1, message_of(1, "kpai", Referral{facts(), {}}), opening_events())});
  std::ofstream(receipt_file()) << writer.receipt(1);
  writer.commit({message_entry(
      2, message_of(2, "polri.polda.metro-jaya.siber", Accept{Need::kInvestigation}),
      {{.type = EventType::kAccepted, .unit = UnitId("polri.polda.metro-jaya.siber")}})});
}

std::string DataFolder::log_key() const {
  return merkle::NoteKey{"example.org/log", log_secret().public_key()}.to_vkey();
}

CaseId DataFolder::case_id() const { return case_id_of(message_id(1)); }

}  // namespace rujukan::test
