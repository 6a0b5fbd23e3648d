// Prints one JSON line: what this machine's cryptography and disk can do.
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "broker/runtime/command_line.h"
#include "tests/bench/reference.h"

int main(int argc, char** argv) {
  std::string folder = std::filesystem::temp_directory_path();
  int duration_ms = 900;
  rujukan::CommandLine app("Verifies, hashes and syncs per second, as one JSON line");
  app.add_option("--dir", folder, "Folder whose disk is measured").shows_default();
  app.add_option("--duration-ms", duration_ms, "Time for each figure")
      .shows_default()
      .between(1, 60'000);
  if (const auto end = app.parse(argc, argv)) return *end;
  const auto figures =
      rujukan::bench::reference_figures(folder, std::chrono::milliseconds(duration_ms));
  if (!figures) {
    std::fprintf(stderr, "bench_crypto: %s\n", to_string(figures.error()).c_str());
    return 1;
  }
  nlohmann::json line{{"bench", "crypto"}, {"dir", folder}};
  line.update(*figures);
  std::printf("%s\n", line.dump().c_str());
  return 0;
}
