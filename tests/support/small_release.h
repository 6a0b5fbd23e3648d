// A small directory with keys, for tests of everything behind the routing table.
//   police      polres.a (11.01) polres.b (11.02) -> polda (11) -> bareskrim (00)
//   centre      uptd (11) -> sapa (00)
//   commission  kpai: opens cases, is informed, never owns
// The police unit of each suspect's regency is informed.
// Station "police" serves the police units, "centre" the centre's, "kpai" itself.
#pragma once

#include "broker/crypto/ed25519.h"
#include "broker/crypto/x25519.h"
#include "broker/model/order.h"
#include "broker/model/release.h"
#include "broker/routing/table.h"
#include "broker/wire/frames.h"

namespace rujukan::test {

inline constexpr const char* kOrigin = "log.example/test";

// A seed that is the same in every run, different for every name.
Seed seed_of(std::string_view name);
Ed25519SecretKey signing_key(const UnitId& unit);
X25519SecretKey sealing_key(const UnitId& unit);
Ed25519SecretKey administrator_key(std::string_view name);

// Administrators "admin-1" and "admin-2", threshold 2, version 1, valid 2020 to 2100.
Release small_release();
std::shared_ptr<const routing::RoutingTable> small_table();
// The small release with promises of the national one: an adult may keep the police out (G1, and
// rule I1 withholds investigation), a child's case belongs to the police (G3), an adult's is none
// of the commission's (G5).
Release guarded_release();
// The same with `social` (00), which holds rehabilitation and is of an agency of its own, served by
// station "centre"; everything that may ask for a second agency does.
Release release_of_two_agencies();
// Investigation and protection of an adult, as in offline_facts().
Facts adult_facts(Consent consent = Consent::kGiven);
// The unit in a release. Requires: it is there.
Unit& unit_in(Release& release, std::string_view id);
// Another unit like `like`, with keys of its own, at the same station.
Unit& add_unit_like(Release& release, std::string_view like, const char* id);
// `id` ends then; its successor, if any, begins.
void end_unit(Release& release, std::string_view id, TimeUs at, const char* successor = "");
// The release signed by both administrators.
Bytes signed_small_release(const Release& release);
Bytes signed_small_release();

// A time in 2026.
TimeUs noon();
// Offline, child, incident in 11.01, routine: polres.a -> polda -> bareskrim; uptd -> sapa.
Facts offline_facts();
// The same with a victim in 11.02: polres.b could be named, and has no part.
Facts facts_of_both_regencies();
// A referral from kpai with these facts, sealed in name only: its payload has the form of one.
Message referral_message(const Facts& facts, std::uint8_t number = 1);
Message referral_message();  // of offline_facts()
Bytes referral_payload();
// What has the form of a payload for these recipients, and opens for nobody.
Bytes payload_form(const std::vector<UnitId>& recipients, std::size_t text_bytes = 0);
// A later message of the case of `opening`.
Message case_message(const Message& opening, const UnitId& sender, std::uint32_t version,
                     MessageBody body, std::uint8_t number);

// Administrators' order about the case of `opening`, and its envelope signed by them.
Order order_about(const Message& opening, OrderKind kind, const char* legal_basis = "uu-27-2022",
                  std::uint8_t number = 1);
Bytes signed_order(const Order& order, const std::vector<std::string>& administrators);

// Signs messages of one unit with its "sign-1" key.
wire::Submission signed_submission(const UnitId& unit, std::vector<wire::SubmittedMessage> messages,
                                   std::uint64_t request_id = 1,
                                   std::string_view log_origin = kOrigin);

}  // namespace rujukan::test
