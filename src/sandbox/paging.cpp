#include "sandbox/paging.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/assert.hpp"
#include "base/hash.hpp"
#include "sandbox/input.hpp"
#include "sandbox/sequence.hpp"

namespace ag::sandbox {
namespace {

constexpr std::int64_t kMaxResults = 100;              // sso-admin and identitystore
constexpr std::int64_t kMaxOrganizationsResults = 20;  // organizations
constexpr std::size_t kMaxKey = 256;
constexpr std::size_t kTagLength = 16;   // hexadecimal digits: enough to notice, this is no secret
constexpr std::uint64_t kOneInFour = 4;  // how often organizations sends an empty page

/// A place in a list: after `key`. Once an empty page was sent there, the next one is not empty.
struct Place {
  enum class Visit { kFirst, kSecond } visit = Visit::kFirst;
  std::string key;
};

char letter(Place::Visit visit) { return visit == Place::Visit::kFirst ? 'f' : 's'; }

std::string tag_of(const World& world, const Call& call, std::string_view place) {
  std::map<std::string, std::string> parameters;
  for (const auto& member : call.input) {
    if (member.key() == "NextToken" || member.key() == "MaxResults") continue;
    parameters[std::string(std::string_view(member.key()))] = json::serialize(member.value());
  }
  std::string bound = fmt::format("{}\n{}\n{}\n", world.seed, call.operation, place);
  for (const auto& [name, value] : parameters) bound += fmt::format("{}={}\n", name, value);
  return to_hex(sha256(bound)).substr(0, kTagLength);
}

std::string token_for(const World& world, const Call& call, const Place& place) {
  const std::string text = letter(place.visit) + place.key;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  return tag_of(world, call, text) + to_hex({bytes, text.size()});
}

std::optional<std::string> from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string text;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const auto high = kLowerHex.find(hex[i]);
    const auto low = kLowerHex.find(hex[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    text += static_cast<char>(high << 4 | low);
  }
  return text;
}

std::optional<Place> place_of(const World& world, const Call& call, std::string_view token) {
  if (token.size() <= kTagLength || token.size() > kTagLength + 2 * (kMaxKey + 1)) return std::nullopt;
  const auto text = from_hex(token.substr(kTagLength));
  if (!text || !equal_in_constant_time(token.substr(0, kTagLength), tag_of(world, call, *text))) return std::nullopt;
  return Place{text->front() == 's' ? Place::Visit::kSecond : Place::Visit::kFirst, text->substr(1)};
}

bool sends_empty_page(const World& world, const Call& call, const Place& place) {
  if (call.service.name != ServiceName::kOrganizations) return false;
  if (place.key.empty() || place.visit == Place::Visit::kSecond) return false;
  const std::string label = fmt::format("empty-page/{}/{}", call.operation, place.key);
  return derived_number(world.seed, label, 0) % kOneInFour == 0;
}

/// The place of the first key above `key`.
std::size_t first_after(const Listing& listing, const std::string& key) {
  std::size_t low = 0;
  std::size_t high = key.empty() ? 0 : listing.size;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (listing.key(middle) <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}

Fault bad_token(const Call& call) {
  if (call.service.name == ServiceName::kOrganizations) {
    return {
        "InvalidInputException", "You specified an invalid next token.", 400, {{"Reason", "INVALID_PAGINATION_TOKEN"}}};
  }
  if (call.service.name == ServiceName::kCloudTrail) {
    return {"InvalidNextTokenException", "The token is invalid, or was made for other parameters."};
  }
  return {"ValidationException",
          "The value of 'nextToken' is not valid: it is not of this operation and these parameters."};
}

}  // namespace

Outcome<json::object> page(const World& world, const Call& call, std::string_view member, std::vector<Item> items) {
  std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) { return a.key < b.key; });
  return page(world, call, member,
              Listing{items.size(), [&](std::size_t i) { return items[i].key; },
                      [&](std::size_t i) { return std::move(items[i].value); }});
}

Outcome<json::object> page(const World& world, const Call& call, std::string_view member, const Listing& listing) {
  Input input(call);
  const bool is_organizations = call.service.name == ServiceName::kOrganizations;
  const auto asked = input.optional_number("MaxResults", 1, is_organizations ? kMaxOrganizationsResults : kMaxResults);
  const auto token = input.optional("NextToken", kAnyText);
  if (auto problem = input.problem()) return std::unexpected(std::move(*problem));

  Place place;
  if (token) {
    const auto found = place_of(world, call, *token);
    if (!found) return std::unexpected(bad_token(call));
    place = *found;
  }
  const auto page_size = static_cast<std::size_t>(std::max(1, world.behaviour.page_size));
  const std::size_t limit = asked ? std::min(static_cast<std::size_t>(*asked), page_size) : page_size;

  std::size_t next = first_after(listing, place.key);
  json::array values;
  Place end = place;
  const bool is_empty_on_purpose = sends_empty_page(world, call, place);
  if (is_empty_on_purpose) {
    end.visit = Place::Visit::kSecond;
  } else {
    for (; next < listing.size && values.size() < limit; ++next) {
      end = Place{Place::Visit::kFirst, listing.key(next)};
      AG_ASSERT(!end.key.empty() && end.key.size() <= kMaxKey);
      values.push_back(listing.value(next));
    }
  }
  json::object answer{{member, std::move(values)}};
  if (next < listing.size || is_empty_on_purpose || sends_empty_page(world, call, end)) {
    answer["NextToken"] = token_for(world, call, end);
  }
  return answer;
}

}  // namespace ag::sandbox
