// Facts as a country has them, and a long table of rules, drawn from fixed seeds.
#pragma once

#include <string>
#include <vector>

#include "broker/model/release.h"

namespace rujukan::bench {

// Of every 20 cases: 8 online with a child and one victim's area, 5 offline, 3 over two provinces,
// 2 of an adult who needs a doctor, 1 with a suspect abroad, 1 whose areas are unknown.
std::vector<Facts> drawn_facts(const Release& release, std::size_t count);

// `count` rules of routing.toml, each with one need and one combination of mode, age, consent,
// urgency and category, none twice. Requires: count <= 13,860.
std::string drawn_rules(std::size_t count);

}  // namespace rujukan::bench
