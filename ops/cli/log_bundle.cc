// rujukan log bundle: one case of a log as a file that proves itself.
#include <cstdio>

#include "adapters/sdk/unit_keys.h"
#include "broker/audit/evidence_zip.h"
#include "broker/base/limits.h"
#include "broker/runtime/file.h"
#include "broker/seal/seal.h"
#include "broker/store/reader.h"
#include "ops/cli/bundle_texts.h"
#include "ops/cli/cli.h"
#include "ops/cli/source_choice.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Writes a zip file with everything that the log has of one case, and the proof that it is in the log: each
entry, its proof to the log's checkpoint, the releases under which it was decided with theirs, the policy,
the timeline as a page, a statement of what is proved and what is not (in English and Indonesian), and how
to check it by hand with openssl and sha256sum. `rujukan bundle verify` checks it without a network. The
same log at the same checkpoint gives the same bytes.

The checkpoint is the newest that SOURCE has; it must satisfy the policy. Entries after it are left out.
Everything that goes into the file is verified first.

--open adds payloads in the clear, each with what shows that the sender had committed to it: those that
were sealed for a unit whose key file is given. SOURCE must then be a data directory, because a log has no
payloads. Such a file is as confidential as the case itself: it names the victim.

Examples:
  rujukan log bundle 0198b6c2-77aa-7c01-9b3e-5a2f0c9d1e44 /srv/mirror/log --policy policy.txt -o case.zip
  rujukan log bundle 0198b6c2-77aa-7c01-9b3e-5a2f0c9d1e44 data --policy policy.txt -o case.zip \
      --open uptd-ppa.31.toml

Exit codes: 0 written; 1 there is no such case, the checkpoint does not satisfy the policy, or the log
does not hold; 2 bad usage, or a log or file that cannot be read or written.)";

struct Options {
  std::string case_id;
  SourceChoice source;
  std::string policy;
  std::string output;
  std::vector<std::string> key_files;
};

// Whether something could not be read or written, and the answer is not no.
bool is_bad_input(ErrorCode code) {
  const std::string_view name = name_of(code);
  for (const char* kind : {"config.", "file.", "http.", "policy.", "store."}) {
    if (name.starts_with(kind)) return true;
  }
  return code == ErrorCode::kLogNotFound;
}
int answer(const Error& error) {
  fail(error);
  return is_bad_input(error.code) ? kBadInput : kNegative;
}

Result<sdk::UnitKeys> read_keys(const std::vector<std::string>& files) {
  std::vector<UnitSecret> all;
  for (const std::string& file : files) {
    const auto secrets = read_unit_secrets(file);
    if (!secrets) return secrets.error();
    all.insert(all.end(), secrets->begin(), secrets->end());
  }
  return sdk::UnitKeys(all);
}

// nullopt: no key opens it. Errors: seal.*, payload.digest.
Result<std::optional<OpenedSeal>> open_one(const Message& message, const Bytes& payload,
                                           const sdk::UnitKeys& keys) {
  for (const UnitId& unit : message.recipients) {
    for (const sdk::UnitKeys::SealingKey& key : keys.sealing_keys(unit)) {
      auto opened = open_seal_for_others(payload, *message.payload,
                                         {message.message_id, message.case_id, message.sender},
                                         unit, key.key);
      if (opened) return std::optional(*std::move(opened));
      // Only a seal for another key of the unit may open with the next one.
      if (opened.error().code != ErrorCode::kSealBroken) return opened.error();
    }
  }
  return std::optional<OpenedSeal>();
}

Result<void> open_payloads(audit::CaseEvidence& evidence, const store::Reader& reader,
                           const std::vector<std::string>& key_files) {
  const auto keys = read_keys(key_files);
  if (!keys) return keys.error();
  for (const audit::CaseStep& step : evidence.file.steps) {
    if (!step.message || !step.message->payload) continue;
    const auto payload = reader.payload(step.entry.index);
    if (!payload) return payload.error();
    if (!*payload) continue;  // erased
    auto opened = open_one(*step.message, **payload, *keys);
    if (!opened) {
      // A sender's fault does not keep the others' payloads out.
      fail("entry " + std::to_string(to_number(step.entry.index)), opened.error());
    } else if (*opened) {
      evidence.opened.push_back({step.position, std::move((*opened)->text), (*opened)->salt});
    }
  }
  if (evidence.opened.empty()) {
    return Error{ErrorCode::kSealNotRecipient, "--open", "no payload of the case opens"};
  }
  std::fprintf(
      stderr,
      "rujukan: warning: the bundle holds %zu payloads in the clear; whoever has it can read "
      "them\n",
      evidence.opened.size());
  return {};
}

Result<audit::CaseEvidence> gather(const Options& options, const CaseId& id,
                                   const std::string& policy) {
  const auto files = audit::open_source(options.source.source, options.source.access);
  if (!files) return files.error();
  if (!audit::is_data_directory(options.source.source)) {
    if (options.key_files.empty()) return audit::gather_evidence(**files, policy, id, nullptr);
    return Error{ErrorCode::kConfigValue, "--open", "payloads are in a data directory only"};
  }
  const auto store = store::ReadOnlyStore::open(options.source.source);
  if (!store) return store.error();
  const store::Reader& reader = (*store)->reader();
  auto evidence = audit::gather_evidence(**files, policy, id, &reader);
  if (!evidence || options.key_files.empty()) return evidence;
  if (auto opened = open_payloads(*evidence, reader, options.key_files); !opened) {
    return opened.error();
  }
  return evidence;
}

int run(const Options& options) {
  const auto bytes = uuid_from_string(options.case_id);
  if (!bytes) return fail({ErrorCode::kConfigValue, "CASE", "not a case id: " + options.case_id});
  const auto policy = read_file(options.policy, limits::kPolicyBytes);
  if (!policy) return fail(options.policy, policy.error());
  const auto gathered = gather(options, CaseId{*bytes}, *policy);
  if (!gathered) return answer(gathered.error());
  audit::BundleFiles files = audit::proof_files(*gathered);
  const audit::CheckedBundle checked = audit::check_evidence(files, {});
  for (const Error& finding : checked.findings) fail(finding);
  if (!checked.findings.empty()) return kNegative;
  files.merge(readable_files(*checked.evidence));
  files[audit::kManifestName] = audit::manifest_of(files);
  const auto zip = audit::pack_zip(files);
  if (!zip) return answer(zip.error());
  // It may hold payloads.
  const auto written = write_file_durably(options.output, *zip, 0600);
  if (!written) return fail(options.output, written.error());
  std::printf("%s: %zu entries of case %s, at size %llu of %s\n", options.output.c_str(),
              gathered->entries.size(), options.case_id.c_str(),
              static_cast<unsigned long long>(gathered->trusted.checkpoint.size),
              gathered->trusted.checkpoint.origin.c_str());
  return kOk;
}

}  // namespace

void add_log_bundle(CommandSyntax log, int& exit_code) {
  const auto command = log.add_subcommand("bundle", "Write a case as evidence that proves itself");
  const auto options = std::make_shared<Options>();
  command.add_option("CASE", options->case_id, "Case id").type_name("").required();
  add_source_options(command, options->source);
  command.add_option("--policy", options->policy, "Trust policy: log, witnesses, quorum")
      .type_name("FILE")
      .required();
  command.add_option("-o,--output", options->output, "The zip file").type_name("FILE").required();
  command.add_option("--open", options->key_files, "Add payloads that these unit keys open")
      .type_name("KEYFILE");
  command.footer(kManual);
  command.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
