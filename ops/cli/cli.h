// The subcommands of `rujukan`: one function each adds one. Exit codes are a contract
// with scripts.
#pragma once

#include <string>
#include <string_view>

#include "broker/base/error.h"
#include "broker/runtime/command_line.h"

namespace rujukan::cli {

enum ExitCode : int {
  kOk = 0,
  kNegative = 1,  // the question was understood and the answer is no
  kBadInput = 2,  // usage, or input that cannot be read
};

// Each callback writes its exit code through `exit_code`, which outlives the parser.
void add_keys(CommandSyntax app, int& exit_code);
void add_anchor(CommandSyntax app, int& exit_code);
void add_release(CommandSyntax app, int& exit_code);
void add_route(CommandSyntax app, int& exit_code);
void add_case(CommandSyntax app, int& exit_code);
void add_cases(CommandSyntax app, int& exit_code);
void add_log(CommandSyntax app, int& exit_code);
void add_receipt(CommandSyntax app, int& exit_code);
void add_bundle(CommandSyntax app, int& exit_code);
void add_inspect(CommandSyntax app, int& exit_code);
void add_order(CommandSyntax app, int& exit_code);
void add_recover(CommandSyntax app, int& exit_code);
void add_witness(CommandSyntax app, int& exit_code);

// A part of `anchor`.
void add_anchor_policy(CommandSyntax anchor, int& exit_code);

// The parts of `release`, each in its own file.
void add_release_check(CommandSyntax release, int& exit_code);
void add_release_build(CommandSyntax release, int& exit_code);
void add_release_sign(CommandSyntax release, int& exit_code);
void add_release_verify(CommandSyntax release, int& exit_code);
void add_release_impact(CommandSyntax release, int& exit_code);
void add_release_diff(CommandSyntax release, int& exit_code);
void add_release_show(CommandSyntax release, int& exit_code);
void add_release_export(CommandSyntax release, int& exit_code);
void add_release_revert(CommandSyntax release, int& exit_code);

// The parts of `order`, each in its own file.
void add_order_new(CommandSyntax order, int& exit_code);
void add_order_sign(CommandSyntax order, int& exit_code);
void add_order_show(CommandSyntax order, int& exit_code);
void add_order_verify(CommandSyntax order, int& exit_code);

// The parts of `log`, each in its own file.
void add_log_export(CommandSyntax log, int& exit_code);
void add_log_verify(CommandSyntax log, int& exit_code);
void add_log_replay(CommandSyntax log, int& exit_code);
void add_log_find(CommandSyntax log, int& exit_code);
void add_log_bundle(CommandSyntax log, int& exit_code);
void add_log_case(CommandSyntax log, int& exit_code);

// The part of `receipt` that reads a log.
void add_receipt_renew(CommandSyntax receipt, int& exit_code);

// Prints "rujukan: <error>" on stderr; returns kBadInput.
int fail(const Error& error);
// The same with "rujukan: <where>: <error>".
int fail(std::string_view where, const Error& error);

}  // namespace rujukan::cli
