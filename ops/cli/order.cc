// rujukan order: the group of commands.
#include "ops/cli/cli.h"

namespace rujukan::cli {

void add_order(CommandSyntax app, int& exit_code) {
  const auto order =
      app.add_subcommand("order", "Make, sign, show and verify administrators' orders");
  order.require_one_subcommand();
  order.footer(R"(
An order is about one case: a legal hold, which keeps its payloads from being erased; the lifting of
that hold; or the consent to an erasure that the owner of the closed case has proposed. A hold and a
consent need one administrator of the release in force, lifting a hold as many as a release. It takes
effect when the broker reads the file: put it into the broker's order_folder and send it SIGHUP. The
broker carries an order out once; what became of it stands in its trace and in the log.

Example:
  rujukan order new hold 01890a5d-ac96-774b-bcce-b302099a8057 --legal-basis uu-20-2025 \
      --log-origin example.org/log -o hold-17.rjo
  rujukan order show hold-17.rjo
  rujukan order sign --key keys/admin-a.administrator.key hold-17.rjo
  rujukan order verify hold-17.rjo --release release-7.rjr)");
  add_order_new(order, exit_code);
  add_order_sign(order, exit_code);
  add_order_show(order, exit_code);
  add_order_verify(order, exit_code);
}

}  // namespace rujukan::cli
