#include "sandbox/input.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace ag::sandbox {
namespace {

constexpr std::size_t kMaxEchoed = 128;  // how much of a wrong value a refusal repeats

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }
bool is_hex(char c) { return is_lower_hex(c) || (c >= 'A' && c <= 'F'); }
bool is_lower_alphanumeric(char c) { return is_digit(c) || (c >= 'a' && c <= 'z'); }
bool is_alphanumeric(char c) { return is_lower_alphanumeric(c) || (c >= 'A' && c <= 'Z'); }

template <class Accepts>
bool all(std::string_view text, Accepts accepts) {
  return std::all_of(text.begin(), text.end(), accepts);
}
template <class Accepts>
bool run(std::string_view text, std::size_t min, std::size_t max, Accepts accepts) {
  return text.size() >= min && text.size() <= max && all(text, accepts);
}

/// Takes `prefix` off the front, when it is there.
bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

template <class Accepts>
bool is_uuid(std::string_view text, Accepts accepts) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? text[i] != '-' : !accepts(text[i])) return false;
  }
  return true;
}

bool is_account_id(std::string_view text) { return run(text, 12, 12, is_digit); }

bool is_principal_id(std::string_view text) {
  if (text.size() == 47)
    return all(text.substr(0, 10), is_lower_hex) && text[10] == '-' && is_uuid(text.substr(11), is_hex);
  return is_uuid(text, is_hex);
}

bool take_sso_arn(std::string_view& text, std::string_view kind) {
  if (!take(text, "arn:aws")) return false;
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  if (!all(text.substr(0, colon), [](char c) { return c == '-' || (c >= 'a' && c <= 'z'); })) return false;
  text.remove_prefix(colon);
  if (!take(text, ":sso:::") || !take(text, kind)) return false;
  (void)take(text, "sso");
  return take(text, "ins-");
}

bool is_instance_arn(std::string_view text) {
  return take_sso_arn(text, "instance/") &&
         run(text, 16, 16, [](char c) { return is_alphanumeric(c) || c == '-' || c == '.'; });
}

bool is_permission_set_arn(std::string_view text) {
  if (!take_sso_arn(text, "permissionSet/") || text.size() != 16 + 4 + 16) return false;
  const auto accepts = [](char c) { return is_alphanumeric(c) || c == '-' || c == '.'; };
  return all(text.substr(0, 16), accepts) && text.substr(16, 4) == "/ps-" &&
         all(text.substr(20), [&](char c) { return accepts(c) || c == '/'; });
}

bool is_store_id(std::string_view text) {
  if (is_uuid(text, is_lower_hex)) return true;
  return take(text, "d-") && run(text, 10, 10, is_lower_hex);
}

bool is_root_id(std::string_view text) { return take(text, "r-") && run(text, 4, 32, is_lower_alphanumeric); }

bool is_unit_id(std::string_view text) {
  if (!take(text, "ou-")) return false;
  const auto dash = text.find('-');
  return dash != std::string_view::npos && run(text.substr(0, dash), 4, 32, is_lower_alphanumeric) &&
         run(text.substr(dash + 1), 8, 32, is_lower_alphanumeric);
}

bool is_attribute_path(std::string_view text) {
  return run(text, 1, 255, [](char c) { return is_alphanumeric(c) || c == '.' || c == ':'; });
}

bool is_role_arn(std::string_view text) {
  if (!take(text, "arn:aws:iam::") || text.size() < 12 || !is_account_id(text.substr(0, 12))) return false;
  text.remove_prefix(12);
  return take(text, ":role/") && !text.empty();
}

bool is_session_name(std::string_view text) {
  return run(text, 2, 64, [](char c) {
    return is_alphanumeric(c) || std::string_view("_+=,.@-").find(c) != std::string_view::npos;
  });
}

/// A wrong value as a refusal repeats it: quoted, bounded, never cut inside a character.
std::string quoted(std::string_view text) {
  std::size_t end = std::min(text.size(), kMaxEchoed);
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  return fmt::format("'{}'", text.substr(0, end));
}

/// AWS names members in refusals with a small first letter.
std::string wire_name(std::string_view member) {
  std::string name(member);
  if (!name.empty() && name[0] >= 'A' && name[0] <= 'Z') name[0] = static_cast<char>(name[0] - 'A' + 'a');
  return name;
}

}  // namespace

const Pattern kInstanceArn{R"(arn:aws(-[a-z]{1,5}){0,3}:sso:::instance/(sso)?ins-[a-zA-Z0-9-.]{16})", is_instance_arn,
                           1224};
const Pattern kPermissionSetArn{
    R"(arn:aws(-[a-z]{1,5}){0,3}:sso:::permissionSet/(sso)?ins-[a-zA-Z0-9-.]{16}/ps-[a-zA-Z0-9-./]{16})",
    is_permission_set_arn, 1224};
const Pattern kTaggedArn{R"(arn:aws(-[a-z]{1,5}){0,3}:sso::((:instance/(sso)?ins-[a-zA-Z0-9-.]{16})|)"
                         R"((:permissionSet/(sso)?ins-[a-zA-Z0-9-.]{16}/ps-[a-zA-Z0-9-./]{16})))",
                         [](std::string_view text) { return is_instance_arn(text) || is_permission_set_arn(text); },
                         2048};
const Pattern kAccountId{R"(\d{12})", is_account_id, 12};
const Pattern kPrincipalId{
    "([0-9a-f]{10}-|)[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}", is_principal_id, 47};
const Pattern kOperationId{"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
                           [](std::string_view text) { return is_uuid(text, is_lower_hex); }, 36};
const Pattern kIdentityStoreId{"d-[0-9a-f]{10}$|^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
                               is_store_id, 36};
const Pattern kParentId{"^(r-[0-9a-z]{4,32})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$",
                        [](std::string_view text) { return is_root_id(text) || is_unit_id(text); }, 100};
const Pattern kChildId{R"(^(\d{12})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$)",
                       [](std::string_view text) { return is_account_id(text) || is_unit_id(text); }, 100};
const Pattern kUnitId{"^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$", is_unit_id, 68};
const Pattern kTaggedResourceId{
    R"(^(r-[0-9a-z]{4,32})|(\d{12})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$)",
    [](std::string_view text) { return is_root_id(text) || is_unit_id(text) || is_account_id(text); }, 130};
const Pattern kAttributePath{R"(\p{L}+(?:\.\p{L}+){0,2})", is_attribute_path, 255};
const Pattern kAnyText{".+", [](std::string_view text) { return !text.empty(); }, 2048};
const Pattern kRoleArn{R"(arn:aws:iam::\d{12}:role/.+)", is_role_arn, 2048};
const Pattern kSessionName{R"([\w+=,.@-]{2,64})", is_session_name, 64};

const json::value* Input::find(std::string_view member) const {
  const json::value* value = object_.if_contains(member);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::string Input::path_to(std::string_view member) const {
  return path_.empty() ? wire_name(member) : fmt::format("{}.{}", path_, wire_name(member));
}

void Input::note(std::string_view member, std::string_view value, std::string constraint, std::string_view reason) {
  if (problems_.empty()) reason_ = std::string(reason);
  problems_.push_back(
      fmt::format("Value {} at '{}' failed to satisfy constraint: {}", value, path_to(member), constraint));
}

void Input::check(std::string_view member, std::string_view text, const Pattern& pattern) {
  const std::string shown = quoted(text);
  if (text.size() > pattern.max_length) {
    note(member, shown, fmt::format("Member must have length less than or equal to {}", pattern.max_length),
         "MAX_LENGTH_EXCEEDED");
  } else if (!pattern.matches(text)) {
    note(member, shown, fmt::format("Member must satisfy regular expression pattern: {}", pattern.form),
         "INVALID_PATTERN");
  }
}

std::optional<std::string> Input::optional(std::string_view member, const Pattern& pattern) {
  const json::value* value = find(member);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) {
    note(member, "of another type", "Member must be a string", "INVALID_PATTERN");
    return std::nullopt;
  }
  const std::string_view text = value->get_string();
  check(member, text, pattern);
  return std::string(text);
}

std::string Input::required(std::string_view member, const Pattern& pattern) {
  require(member);
  return optional(member, pattern).value_or("");
}

std::optional<std::string> Input::optional_of(std::string_view member, std::initializer_list<std::string_view> values) {
  auto text = optional(member, kAnyText);
  if (text && std::find(values.begin(), values.end(), *text) == values.end()) {
    note(member, quoted(*text), fmt::format("Member must satisfy enum value set: [{}]", fmt::join(values, ", ")),
         "INVALID_ENUM");
  }
  return text;
}

std::string Input::required_of(std::string_view member, std::initializer_list<std::string_view> values) {
  require(member);
  return optional_of(member, values).value_or("");
}

std::optional<std::int64_t> Input::optional_number(std::string_view member, std::int64_t min, std::int64_t max) {
  const json::value* value = find(member);
  if (value == nullptr) return std::nullopt;
  std::optional<std::int64_t> number;
  if (value->is_int64()) {
    number = value->get_int64();
  } else if (value->is_string()) {
    const std::string_view text = value->get_string();
    std::int64_t parsed = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
    if (error == std::errc{} && end == text.data() + text.size()) number = parsed;
  }
  if (!number) {
    note(member, "of another type", "Member must be a whole number", "INVALID_PATTERN");
  } else if (*number < min) {
    note(member, fmt::format("'{}'", *number), fmt::format("Member must have value greater than or equal to {}", min),
         "MIN_VALUE_EXCEEDED");
  } else if (*number > max) {
    note(member, fmt::format("'{}'", *number), fmt::format("Member must have value less than or equal to {}", max),
         "MAX_VALUE_EXCEEDED");
  }
  return number;
}

std::vector<std::string> Input::required_list(std::string_view member, const Pattern& pattern, std::size_t max_items) {
  require(member);
  std::vector<std::string> items;
  const json::value* value = find(member);
  if (value == nullptr) return items;
  const json::array* array = value->if_array();
  if (array == nullptr || array->empty() || array->size() > max_items) {
    note(member, "of another form", fmt::format("Member must be a list of 1 to {} items", max_items),
         "INVALID_PATTERN");
    return items;
  }
  for (const json::value& item : *array) {
    if (!item.is_string()) {
      note(member, "of another type", "Member must be a list of strings", "INVALID_PATTERN");
      continue;
    }
    check(member, item.get_string(), pattern);
    items.emplace_back(std::string_view(item.get_string()));
  }
  return items;
}

Input Input::inside(std::string_view member) const {
  const json::value* value = find(member);
  const json::object* object = value == nullptr ? nullptr : value->if_object();
  return Input(service_, object == nullptr ? json::object{} : *object, path_to(member));
}

bool Input::has(std::string_view member) const { return find(member) != nullptr; }

void Input::require(std::string_view member) {
  if (!has(member)) note(member, "null", "Member must not be null", "INPUT_REQUIRED");
}

void Input::absorb(const Input& inner) {
  if (problems_.empty()) reason_ = inner.reason_;
  problems_.insert(problems_.end(), inner.problems_.begin(), inner.problems_.end());
}

std::optional<Fault> Input::problem() const {
  if (problems_.empty()) return std::nullopt;
  const std::string message = fmt::format("{} validation error{} detected: {}", problems_.size(),
                                          problems_.size() == 1 ? "" : "s", fmt::join(problems_, "; "));
  if (service_.name == ServiceName::kOrganizations) {
    return Fault{"InvalidInputException", message, 400, {{"Reason", reason_}}};
  }
  return Fault{"ValidationException", message};
}

}  // namespace ag::sandbox
