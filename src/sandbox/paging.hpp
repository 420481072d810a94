#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/service.hpp"

namespace ag::sandbox {

/// One thing of a list. Keys order the list and name the place where a page ends, so that what appears or goes
/// between two pages neither repeats nor hides anything else.
struct Item {
  std::string key;  ///< unique in the list, not empty, at most 256 bytes
  json::value value;
};

/// A list that is in the order of its keys already. Only what a page holds is asked for, so that a page of a long
/// list costs no more than one of a short list.
struct Listing {
  std::size_t size = 0;
  std::function<std::string(std::size_t)> key;  ///< as of an Item, ascending
  std::function<json::value(std::size_t)> value;
};

/// Answers a listing: `{member: [...], "NextToken": ...}`, the token only when there may be more.
///
/// A page holds at most MaxResults and at most the behaviour's page size. Tokens are opaque, bound to the operation
/// and its other parameters; a foreign or altered one is refused (ValidationException, or InvalidInputException of
/// organizations). Pages of organizations are now and then empty and yet have a token, as AWS warns; which ones
/// depends on the seed and the place only.
[[nodiscard]] Outcome<json::object> page(const World& world, const Call& call, std::string_view member,
                                         const Listing& listing);
/// The same for a short list in any order.
[[nodiscard]] Outcome<json::object> page(const World& world, const Call& call, std::string_view member,
                                         std::vector<Item> items);

}  // namespace ag::sandbox
