// Lists of the model as JSON.
#pragma once

#include <nlohmann/json.hpp>

namespace rujukan::cli {

template <typename Ids>
nlohmann::ordered_json id_list(const Ids& ids) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& id : ids) list.push_back(id.str());
  return list;
}

template <typename Codes>
nlohmann::ordered_json code_list(const Codes& codes) {
  auto list = nlohmann::ordered_json::array();
  for (const auto code : codes) list.push_back(name_of(code));
  return list;
}

// Whose signatures they are, by their keys.
template <typename Signatures>
nlohmann::ordered_json signing_keys(const Signatures& signatures) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& signature : signatures) list.push_back(to_hex(signature.key));
  return list;
}

}  // namespace rujukan::cli
