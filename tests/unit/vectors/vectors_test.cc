// The files of schemas/vectors say what this code does: clients in other languages hold themselves
// against them.
#include "tests/unit/vectors/vectors.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

using namespace rujukan;
using namespace rujukan::test;

namespace {

const std::string kFolder = RUJUKAN_SOURCE_DIR "/schemas/vectors/";

std::string text_of(const Vectors& vectors) { return vectors.dump(1) + "\n"; }

std::string stored(const std::string& name) {
  std::ifstream in(kFolder + name + ".json");
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<std::pair<std::string, Vectors>> all_vectors() {
  return {{"routing", routing_vectors()},  {"padding", padding_vectors()},
          {"seal", seal_vectors()},        {"submission", submission_vectors()},
          {"receipts", receipt_vectors()}, {"frame", frame_vectors()}};
}

}  // namespace

TEST_CASE("what this code does is what schemas/vectors says") {
  for (const auto& [name, vectors] : all_vectors()) {
    INFO(name);
    REQUIRE(text_of(vectors) == stored(name));
  }
}

// Run by name when a vector is added, never otherwise.
TEST_CASE("write the vectors anew", "[.]") {
  for (const auto& [name, vectors] : all_vectors()) {
    std::ofstream(kFolder + name + ".json") << text_of(vectors);
  }
}
