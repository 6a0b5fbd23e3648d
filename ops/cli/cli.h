// The subcommands of `rujukan`: one function each adds one to the parser. Exit codes are a contract
// with scripts.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>

#include "broker/base/error.h"

namespace rujukan::cli {

enum ExitCode : int {
  kOk = 0,
  kNegative = 1,  // the question was understood and the answer is no
  kBadInput = 2,  // usage, or input that cannot be read
};

// Each callback writes its exit code through `exit_code`, which outlives the parser.
void add_keys(CLI::App& app, int& exit_code);
void add_anchor(CLI::App& app, int& exit_code);
void add_release(CLI::App& app, int& exit_code);
void add_route(CLI::App& app, int& exit_code);
void add_case(CLI::App& app, int& exit_code);
void add_cases(CLI::App& app, int& exit_code);
void add_log(CLI::App& app, int& exit_code);
void add_receipt(CLI::App& app, int& exit_code);
void add_bundle(CLI::App& app, int& exit_code);
void add_inspect(CLI::App& app, int& exit_code);
void add_order(CLI::App& app, int& exit_code);
void add_recover(CLI::App& app, int& exit_code);
void add_witness(CLI::App& app, int& exit_code);

// A part of `anchor`.
void add_anchor_policy(CLI::App& anchor, int& exit_code);

// The parts of `release`, each in its own file.
void add_release_check(CLI::App& release, int& exit_code);
void add_release_build(CLI::App& release, int& exit_code);
void add_release_sign(CLI::App& release, int& exit_code);
void add_release_verify(CLI::App& release, int& exit_code);
void add_release_impact(CLI::App& release, int& exit_code);
void add_release_diff(CLI::App& release, int& exit_code);
void add_release_show(CLI::App& release, int& exit_code);

// The parts of `order`, each in its own file.
void add_order_new(CLI::App& order, int& exit_code);
void add_order_sign(CLI::App& order, int& exit_code);
void add_order_show(CLI::App& order, int& exit_code);
void add_order_verify(CLI::App& order, int& exit_code);

// The parts of `log`, each in its own file.
void add_log_export(CLI::App& log, int& exit_code);
void add_log_verify(CLI::App& log, int& exit_code);
void add_log_replay(CLI::App& log, int& exit_code);
void add_log_find(CLI::App& log, int& exit_code);
void add_log_bundle(CLI::App& log, int& exit_code);
void add_log_case(CLI::App& log, int& exit_code);

// The part of `receipt` that reads a log.
void add_receipt_renew(CLI::App& receipt, int& exit_code);

// Prints "rujukan: <error>" on stderr; returns kBadInput.
int fail(const Error& error);
// The same with "rujukan: <where>: <error>".
int fail(std::string_view where, const Error& error);

}  // namespace rujukan::cli
