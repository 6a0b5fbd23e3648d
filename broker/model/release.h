// A release: one signed version of the directory, the routing table, permissions and deadlines.
// Schema: schemas/release.fbs. Lists are sorted by id, rules excepted, whose order decides.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "broker/base/invariant.h"
#include "broker/base/time.h"
#include "broker/base/value.h"
#include "broker/model/codes.h"
#include "broker/model/ids.h"
#include "broker/model/message.h"

namespace rujukan {

using PublicKey = std::array<std::uint8_t, 32>;  // Ed25519, X25519 or CURVE

// [from, until): open where not set.
struct Validity {
  std::optional<TimeUs> from;
  std::optional<TimeUs> until;

  bool covers(TimeUs at) const { return (!from || at >= *from) && (!until || at < *until); }
  friend bool operator==(const Validity&, const Validity&) = default;
};

struct Area {
  AreaCode code;
  AreaCode parent;  // empty for the nation and abroad
  Level level = Level::kNational;
  std::string name;
  Validity validity;
  AreaCode succeeded_by;  // empty unless replaced
  friend bool operator==(const Area&, const Area&) = default;
};

struct Unit {
  UnitId id;
  AgencyId agency;
  FunctionId function;
  Level level = Level::kNational;
  std::vector<AreaCode> areas;
  Validity validity;
  UnitId successor;  // empty unless it ends
  friend bool operator==(const Unit&, const Unit&) = default;
};

struct UnitKey {
  UnitId unit;
  std::string key_id;  // unique per unit
  KeyPurpose purpose = KeyPurpose::kSign;
  PublicKey key{};
  Validity validity;
  std::optional<TimeUs> compromised_since;
  friend bool operator==(const UnitKey&, const UnitKey&) = default;
};

struct Station {
  StationId id;
  PublicKey curve_key{};
  std::vector<UnitId> units;  // for which it may speak; sorted
  friend bool operator==(const Station&, const Station&) = default;
};

struct Administrator {
  std::string name;
  PublicKey key{};
  friend bool operator==(const Administrator&, const Administrator&) = default;
};

// Every condition that is set must hold; an empty list is no condition.
struct Condition {
  std::vector<Mode> mode;
  std::vector<VictimAge> victim_age;
  std::vector<Consent> consent;
  std::vector<Urgency> urgency;
  std::vector<Category> any_category;  // the case has at least one of these
  std::optional<bool> suspect_abroad;  // some suspect's area is XX
  friend bool operator==(const Condition&, const Condition&) = default;
};

struct Inform {
  FunctionId function;
  Level level = Level::kNational;
  std::optional<Anchor> of;  // each area of this list; not set: the national unit
  friend bool operator==(const Inform&, const Inform&) = default;
};

struct Rule {
  DECLARE_VALUE(Rule);

  RuleId id;
  std::vector<Need> needs;
  Condition when;
  bool withheld = false;  // nobody is assigned; the need is recorded as withheld
  FunctionId function;    // empty when withheld
  Level level = Level::kNational;
  std::vector<Anchor> anchors;  // the first list that is not empty; none: national
  std::vector<Inform> inform;
};

struct ImpliedNeeds {
  Condition when;
  std::vector<Need> needs;
  friend bool operator==(const ImpliedNeeds&, const ImpliedNeeds&) = default;
};

// Informed of a case as a whole.
struct CaseInform {
  RuleId id;
  Condition when;
  Inform inform;
  friend bool operator==(const CaseInform&, const CaseInform&) = default;
};

// What an agency may do. An agency without a permission may open nothing.
struct Permission {
  AgencyId agency;
  std::vector<Category> open_categories;  // it may open a case whose categories are all of these
  std::vector<Need> request_needs;        // and ask for these needs
  bool may_own = true;                    // false: oversight; routing to it is a compile error
  friend bool operator==(const Permission&, const Permission&) = default;
};

// What must hold for every case whose facts satisfy `when`, whatever the rules say. An empty list
// promises nothing; at least one is set. Proved by routing/check; held to by decide/.
struct Guarantee {
  RuleId id;
  Condition when;
  std::vector<AgencyId> owner_agency;       // the lead need's whole chain is of these agencies
  std::vector<AgencyId> unassigned_agency;  // none of these in any chain; they may be informed
  std::vector<AgencyId> excluded_agency;    // none of these in any chain or among the informed
  std::vector<Level> owner_level;           // the first owner is at one of these levels
  std::vector<Level> terminal_level;        // every chain ends at one of these levels
  friend bool operator==(const Guarantee&, const Guarantee&) = default;
};

// A law that facts, orders and erasures may name by its code: "uu-12-2022".
struct LegalBasis {
  std::string code;
  std::string title;
  Validity validity;
  std::string source;  // where it is published
  friend bool operator==(const LegalBasis&, const LegalBasis&) = default;
};

struct Deadlines {
  std::uint32_t immediate_accept_within_s = 3600;
  std::uint32_t urgent_accept_within_s = 6 * 3600;
  std::uint32_t routine_accept_within_s = 24 * 3600;
  std::uint32_t transfer_offer_within_s = 24 * 3600;    // to accept an offered transfer
  std::uint32_t transfer_request_within_s = 24 * 3600;  // to answer one, at each step of the chain
  friend bool operator==(const Deadlines&, const Deadlines&) = default;
};

// Of one step of a chain.
inline std::uint32_t accept_within_s(const Deadlines& deadlines, Urgency urgency) {
  switch (urgency) {
    case Urgency::kImmediate:
      return deadlines.immediate_accept_within_s;
    case Urgency::kUrgent:
      return deadlines.urgent_accept_within_s;
    case Urgency::kRoutine:
      return deadlines.routine_accept_within_s;
  }
  INVARIANT(false);
}

// Of the rules by which cases are decided, apart from the tables of a release. Older ones stay, so
// that every log can be decided again; administrators put a newer one in force with a release.
enum class Edition : std::uint16_t {
  kFirst = 1,         // up to version 0.3.0
  kPresentFacts = 2,  // version 0.4.0: guarantees hold on present facts at every use
  kFairWaits = 3,     // nobody loses a case for a wait that was not theirs
};
inline constexpr Edition kNewestEdition = Edition::kFairWaits;

// For people: who made a release, why, and by which letter or minutes.
struct Provenance {
  std::string author;
  std::string reason;
  std::string reference;
  friend bool operator==(const Provenance&, const Provenance&) = default;
};

struct Release {
  DECLARE_VALUE(Release);

  ReleaseVersion version{};
  Edition edition = kNewestEdition;
  // SHA-256 of the body of the release that this one was made from, and that it may follow; not
  // set: of a log's first, or of one that may follow any.
  std::optional<Digest> parent;
  Provenance provenance;
  std::string log_origin;  // empty in a directory that was not built for a log
  Validity validity;       // valid-from and expires; both set in a built release
  std::uint32_t threshold = 1;
  std::vector<Administrator> administrators;
  std::vector<Area> areas;
  std::vector<Unit> units;
  std::vector<UnitKey> keys;
  std::vector<Station> stations;
  std::vector<ImpliedNeeds> implied;
  std::vector<Rule> rules;
  std::vector<CaseInform> case_informs;
  std::vector<Guarantee> guarantees;
  std::vector<Permission> permissions;
  std::vector<SecondAgencyFor> second_agency_for;  // ascending
  Deadlines deadlines;
  std::vector<LegalBasis> legal_bases;  // empty: any code is taken
};

}  // namespace rujukan
