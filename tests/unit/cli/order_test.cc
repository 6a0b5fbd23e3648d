#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "broker/runtime/key_files.h"
#include "tests/support/small_release.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/cli/run_cli.h"

namespace rujukan::test {
namespace {

const std::string kCase = "01890a5d-ac96-774b-bcce-b302099a8057";

// Keys of the small release's administrators, and the release.
class OrderFiles {
 public:
  OrderFiles() {
    for (const char* name : {"admin-1", "admin-2", "stranger"}) {
      // As `rujukan keys new administrator` writes it, with the key of the test's release.
      REQUIRE(write_key_file(key(name), AdministratorKey{name, seed_of(name)}));
    }
    std::ofstream(release(), std::ios::binary) << as_text(signed_small_release());
  }
  std::filesystem::path key(const std::string& name) const {
    return folder_.path() / (name + ".administrator.key");
  }
  std::string release() const { return folder_ / "release.rjr"; }
  std::string file() const { return folder_ / "order.rjo"; }
  std::vector<std::string> make(const std::string& kind) const {
    return {"order",      "new",          kind,    kCase, "--legal-basis",
            "uu-20-2025", "--log-origin", kOrigin, "-o",  file()};
  }
  Ran sign(const std::string& name) const {
    return run_cli({"order", "sign", "--key", key(name), file()});
  }
  Ran verify() const { return run_cli({"order", "verify", file(), "--release", release()}); }
  nlohmann::json shown() const {
    const Ran ran = run_cli({"order", "show", "--json", file()});
    REQUIRE(ran.exit_code == 0);
    return nlohmann::json::parse(ran.out);
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace

TEST_CASE("an order is made and shown and verifies once enough administrators signed it") {
  const OrderFiles files;
  REQUIRE(run_cli(files.make("lift-hold")).exit_code == 0);
  const auto shown = files.shown();
  CHECK(std::filesystem::status(files.file()).permissions() == std::filesystem::perms(0600));
  CHECK(shown["kind"] == "lift-hold");
  CHECK(shown["case"] == kCase);
  CHECK(shown["legal_basis"] == "uu-20-2025");
  CHECK(shown["log_origin"] == kOrigin);
  CHECK(shown["signed_by"].empty());
  CHECK(files.verify().exit_code == 1);
  REQUIRE(files.sign("admin-1").exit_code == 0);
  REQUIRE(files.sign("admin-1").exit_code == 0);
  REQUIRE(files.sign("stranger").exit_code == 0);
  const Ran too_few = files.verify();
  CHECK(too_few.exit_code == 1);
  CHECK(too_few.err.find("order.signature") != std::string::npos);
  REQUIRE(files.sign("admin-2").exit_code == 0);
  CHECK(files.shown()["signed_by"].size() == 3);
  CHECK(files.verify().exit_code == 0);
  const Ran inspected = run_cli({"inspect", files.file()});
  CHECK(inspected.exit_code == 0);
  CHECK(inspected.out.find("lift-hold") != std::string::npos);
}

TEST_CASE("one administrator may order a hold or consent to an erasure") {
  for (const char* kind : {"hold", "consent-to-erasure"}) {
    const OrderFiles files;
    REQUIRE(run_cli(files.make(kind)).exit_code == 0);
    REQUIRE(files.sign("admin-2").exit_code == 0);
    CHECK(files.verify().exit_code == 0);
  }
}

TEST_CASE("an order whose legal basis the release does not list does not verify") {
  const OrderFiles files;
  REQUIRE(run_cli(files.make("hold")).exit_code == 0);
  REQUIRE(files.sign("admin-1").exit_code == 0);
  Release listing = small_release();
  listing.legal_bases = {{"uu-12-2022", "Sexual violence", {}, ""}};
  std::ofstream(files.release(), std::ios::binary) << as_text(signed_small_release(listing));
  const Ran unlisted = files.verify();
  CHECK(unlisted.exit_code == 1);
  CHECK(unlisted.err.find("legal_basis.unknown") != std::string::npos);
  listing.legal_bases.push_back({"uu-20-2025", "Criminal procedure", {}, ""});
  std::ofstream(files.release(), std::ios::binary) << as_text(signed_small_release(listing));
  CHECK(files.verify().exit_code == 0);
}

TEST_CASE("an order that is not well asked for is not written") {
  const OrderFiles files;
  const auto refused = [&](std::size_t at, const char* value) {
    auto arguments = files.make("hold");
    arguments[at] = value;
    const Ran ran = run_cli(arguments);
    return ran.exit_code == 2 && !std::filesystem::exists(files.file());
  };
  CHECK(refused(2, "burn"));
  CHECK(refused(3, "17"));
  CHECK(refused(5, "Court Order"));
  CHECK(refused(7, "not an origin"));
  REQUIRE(run_cli(files.make("hold")).exit_code == 0);
  // An order is not replaced by another.
  const std::string before = files.shown()["order"];
  CHECK(run_cli(files.make("hold")).exit_code == 2);
  CHECK(files.shown()["order"] == before);
}

TEST_CASE("a file that is not an order or is changed after signing is refused") {
  const OrderFiles files;
  std::ofstream(files.file()) << "not an order";
  CHECK(files.sign("admin-1").exit_code == 2);
  CHECK(files.verify().exit_code == 2);
  CHECK(run_cli({"order", "show", files.file()}).exit_code == 2);
  Order order = order_about(referral_message(), OrderKind::kHold);
  order.log_origin = "log.example/another";
  std::ofstream(files.file(), std::ios::binary) << as_text(signed_order(order, {"admin-1"}));
  const Ran elsewhere = files.verify();
  CHECK(elsewhere.exit_code == 1);
  CHECK(elsewhere.err.find("log_origin") != std::string::npos);
  Bytes damaged = signed_order(order_about(referral_message(), OrderKind::kHold), {"admin-1"});
  const std::string_view basis = "uu-27-2022";
  const auto at = std::search(damaged.begin(), damaged.end(), basis.begin(), basis.end());
  REQUIRE(at != damaged.end());
  *at = 'x';
  std::ofstream(files.file(), std::ios::binary) << as_text(damaged);
  const Ran changed = files.verify();
  CHECK(changed.exit_code == 1);
  CHECK(changed.err.find("order.signature") != std::string::npos);
}

}  // namespace rujukan::test
