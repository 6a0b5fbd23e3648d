#include "tests/sim/command.h"

#include "broker/model/codes.h"

namespace rujukan::sim {
namespace {

struct Weight {
  std::uint8_t step;
  std::uint32_t weight;
};
constexpr Weight of(MessageKind kind, std::uint32_t weight) {
  return {static_cast<std::uint8_t>(kind), weight};
}
constexpr Weight of(Step step, std::uint32_t weight) {
  return {static_cast<std::uint8_t>(step), weight};
}
constexpr Weight kWeights[] = {of(MessageKind::kReferral, 3),
                               of(MessageKind::kAccept, 22),
                               of(MessageKind::kDecline, 8),
                               of(MessageKind::kReceived, 5),
                               of(MessageKind::kNote, 3),
                               of(MessageKind::kProgress, 4),
                               of(MessageKind::kComplete, 12),
                               of(MessageKind::kClose, 9),
                               of(MessageKind::kTransfer, 9),
                               of(MessageKind::kTransferRequest, 7),
                               of(MessageKind::kAssist, 6),
                               of(MessageKind::kFacts, 11),
                               of(MessageKind::kCancel, 6),
                               of(MessageKind::kReopen, 4),
                               of(MessageKind::kErase, 4),
                               of(MessageKind::kUnreadable, 2),
                               of(Step::kAgain, 4),
                               of(Step::kDue, 13),
                               of(Step::kWait, 4),
                               of(Step::kRelease, 4),
                               of(Step::kOrder, 6),
                               of(Step::kRestart, 2)};

std::uint8_t drawn_step(Draw& draw) {
  std::uint32_t sum = 0;
  for (const Weight& weight : kWeights) sum += weight.weight;
  auto left = static_cast<std::uint32_t>(draw.below(sum));
  for (const Weight& weight : kWeights) {
    if (left < weight.weight) return weight.step;
    left -= weight.weight;
  }
  return kWeights[0].step;
}

}  // namespace

std::vector<Command> drawn_commands(std::uint64_t seed, std::size_t count) {
  Draw draw(seed);
  std::vector<Command> commands;
  commands.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t step =
        i == 0 ? static_cast<std::uint8_t>(MessageKind::kReferral) : drawn_step(draw);
    commands.push_back({step, draw.next()});
  }
  return commands;
}

}  // namespace rujukan::sim
