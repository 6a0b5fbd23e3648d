#include "broker/audit/case_source.h"

#include <algorithm>

#include "broker/audit/entry_reader.h"

namespace rujukan::audit {
namespace {

Error at_position(std::uint64_t position, const Error& error) {
  return {error.code, std::to_string(position), to_string(error)};
}

// An entry about a case holds the 16 bytes of its id, in its cause or in its message.
bool may_be_about(ByteView entry, const CaseId& id) {
  return std::search(entry.begin(), entry.end(), id.bytes.begin(), id.bytes.end()) != entry.end();
}

}  // namespace

Result<std::vector<CaseStep>> case_steps(const store::LogFiles& files, std::uint64_t size,
                                         const CaseId& id) {
  std::vector<CaseStep> steps;
  std::optional<Error> failed;
  const auto read = for_each_entry(files, 0, size, [&](std::uint64_t position, ByteView bytes) {
    if (!may_be_about(bytes, id)) return true;
    auto step = read_case_step(position, bytes);
    if (!step) {
      failed = at_position(position, step.error());
      return false;
    }
    if (!step->entry.outcome.refusal && case_of_step(*step) == id) {
      steps.push_back(*std::move(step));
    }
    return true;
  });
  if (!read) return read.error();
  if (failed) return *failed;
  return steps;
}

Result<CaseFile> read_case_file(const store::LogFiles& files, std::uint64_t size,
                                const CaseId& id) {
  if (size == 0) return Error{ErrorCode::kCaseUnknown, to_string(id)};
  auto steps = case_steps(files, size, id);
  if (!steps) return steps.error();
  const auto last = step_at(files, size - 1, size);
  if (!last) return last.error();
  return make_case_file(id, *std::move(steps), last->entry.time);
}

Result<CaseFile> read_case_file(const store::Reader& reader, const CaseId& id) {
  const auto size = reader.size();
  if (!size) return size.error();
  const auto indices = reader.entries_of(id, true);
  if (!indices) return indices.error();
  if (indices->empty()) return Error{ErrorCode::kCaseUnknown, to_string(id)};
  const auto step_of = [&reader](LogIndex index) -> Result<CaseStep> {
    const auto bytes = reader.entry(index);
    if (!bytes) return bytes.error();
    auto step = read_case_step(to_number(index), *bytes);
    if (!step) return at_position(to_number(index), step.error());
    return step;
  };
  std::vector<CaseStep> steps;
  for (const LogIndex index : *indices) {
    auto step = step_of(index);
    if (!step) return step.error();
    steps.push_back(*std::move(step));
  }
  const auto last = step_of(LogIndex{*size - 1});
  if (!last) return last.error();
  return make_case_file(id, std::move(steps), last->entry.time);
}

Result<CaseStep> step_at(const store::LogFiles& files, std::uint64_t position, std::uint64_t size) {
  std::optional<Result<CaseStep>> step;
  const auto read = for_each_entry(files, position, size, [&](std::uint64_t at, ByteView bytes) {
    step = read_case_step(at, bytes);
    return false;
  });
  if (!read) return read.error();
  if (!step) return Error{ErrorCode::kTileMissing, std::to_string(position)};
  if (!*step) return at_position(position, step->error());
  return *std::move(step);
}

}  // namespace rujukan::audit
