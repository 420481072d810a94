#include "server/api/ledger_filter.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "server/api/body.hpp"

// Entries are canonical JSON: no space between tokens, and within a text every quote is behind a backslash. So a member
// and its text can be looked for as they stand, without parsing thousands of entries to show a few.
namespace ag::server {
namespace {

constexpr std::size_t kMostKinds = 20;
constexpr std::size_t kLongestKind = 64;

bool is_kind(std::string_view text) {
  const auto dot = text.find('.');
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '_' || c == '.'; };
  return text.size() <= kLongestKind && dot != std::string_view::npos && dot > 0 &&
         text.find('.', dot + 1) == std::string_view::npos && std::all_of(text.begin(), text.end(), is_letter);
}

Result<std::vector<std::string>> kinds_of(const Parameters& parameters) {
  std::vector<std::string> kinds;
  const auto given = parameters.get("kind");
  if (!given) return kinds;
  for (std::string_view text = *given; !text.empty() || kinds.empty();) {
    const auto comma = text.find(',');
    const std::string_view kind = text.substr(0, comma);
    const bool is_known = std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
    if (!is_kind(kind) || is_known || kinds.size() == kMostKinds) {
      return fail(
          "invalid_value",
          fmt::format("\"kind\" is up to {} kinds of entries, each once, as in request.decided,grant.", kMostKinds),
          "kind");
    }
    kinds.emplace_back(kind);
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
  return kinds;
}

bool holds(std::string_view bytes, std::string_view text) { return bytes.find(text) != std::string_view::npos; }
bool holds_text(std::string_view bytes, std::string_view text) { return holds(bytes, fmt::format("\"{}\"", text)); }

/// The text of the first member of that name; empty where there is none.
std::string_view member(std::string_view bytes, std::string_view name) {
  const std::string start = fmt::format("\"{}\":\"", name);
  const auto at = bytes.find(start);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = bytes.substr(at + start.size());
  return rest.substr(0, rest.find('"'));
}

bool is_kind_of(std::string_view bytes, const std::string& kind) {
  const bool is_beginning = kind.ends_with('.');
  return holds(bytes, fmt::format("\"kind\":\"{}{}", kind, is_beginning ? "" : "\""));
}

/// The request that the entry is about without saying what that one is about.
const access::RequestState* request_behind(const View& view, std::string_view bytes) {
  if (const auto id = member(bytes, "request"); id.starts_with("req_"))
    return view.state.requests.find(access::RequestId(id));
  if (const auto id = member(bytes, "grant"); id.starts_with("grt_")) {
    const auto* grant = view.state.grants.find(access::GrantId(id));
    return grant == nullptr ? nullptr : view.state.requests.find(grant->request);
  }
  return nullptr;
}

bool is_about(const access::RequestState* request, const access::AccountId& account) {
  if (request == nullptr) return false;
  const auto& accounts = request->request.accounts;
  return std::any_of(accounts.begin(), accounts.end(), [&](const auto& one) { return one.id == account; });
}

}  // namespace

std::optional<Instant> time_of_entry(std::string_view bytes) {
  // The members are sorted: "actor" is before "at", and has none of that name.
  const auto at = parse_rfc3339(member(bytes, "at"));
  return at ? std::optional(*at) : std::nullopt;
}

bool LedgerFilter::admits(const View& view, std::string_view bytes) const {
  const auto is_it = [&](const std::string& kind) { return is_kind_of(bytes, kind); };
  if (!kinds.empty() && std::none_of(kinds.begin(), kinds.end(), is_it)) return false;
  if (from || to) {
    const auto at = time_of_entry(bytes);
    if (!at || (from && *at < *from) || (to && *at >= *to)) return false;
  }
  if (!user && !account) return true;
  const access::RequestState* behind = request_behind(view, bytes);
  if (user && !holds_text(bytes, user->str()) && (behind == nullptr || behind->request.requester != *user))
    return false;
  return !account || holds_text(bytes, account->str()) || is_about(behind, *account);
}

Result<LedgerFilter> ledger_filter_of(const Parameters& parameters, const access::Organization& organization,
                                      Instant now) {
  LedgerFilter filter;
  auto kinds = kinds_of(parameters);
  if (!kinds) return fail(kinds.error());
  filter.kinds = std::move(*kinds);
  if (const auto text = parameters.get("user")) {
    const auto user = organization.user(*text, "user");
    if (!user) return fail(user.error());
    filter.user = (*user)->id;
  }
  if (const auto text = parameters.get("account")) {
    const auto account = organization.account(*text, "account");
    if (!account) return fail(account.error());
    filter.account = (*account)->id;
  }
  if (const auto text = parameters.get("request")) filter.request = access::RequestId(*text);
  for (const auto& [name, target] : {std::pair{"from_time", &filter.from}, std::pair{"to_time", &filter.to}}) {
    const auto text = parameters.get(name);
    if (!text) continue;
    const auto at = time_field(*text, name, now);
    if (!at) return fail(at.error());
    *target = *at;
  }
  return filter;
}

}  // namespace ag::server
