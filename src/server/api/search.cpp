#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "server/api/api.hpp"
#include "server/api/body.hpp"
#include "server/api/organization_view.hpp"

/// One box that finds everything.
namespace ag::server {
namespace {

// Of one's own requests, and of those that wait, so many are looked through, the newest first.
constexpr std::size_t kRequestsLookedThrough = 500;

struct Hit {
  Fit fit = Fit::kElsewhere;
  FoundKind kind = FoundKind::kAccount;
  std::string id;
  std::string name;
  std::string detail;
};

class Hits {
 public:
  Hits(std::string text, std::vector<FoundKind> kinds) : text_(std::move(text)), kinds_(std::move(kinds)) {}

  [[nodiscard]] bool wants(FoundKind kind) const {
    return kinds_.empty() || std::find(kinds_.begin(), kinds_.end(), kind) != kinds_.end();
  }

  /// Of each of the things that fits, what `make` says of it.
  template <class Things, class Make>
  void add(FoundKind kind, const Things& things, const std::vector<Searchable>& rows, Make make) {
    if (!wants(kind)) return;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto fit = rows[i].fit(text_);
      if (!fit) continue;
      Hit hit = make(things[i]);
      hit.fit = *fit;
      hit.kind = kind;
      hits_.push_back(std::move(hit));
    }
  }

  void add_request(const View& view, const access::RequestState& request, Instant now) {
    const access::Request& asked = request.request;
    const auto fit = searchable(asked.id.str(), {asked.ticket.value_or(""), asked.reason}).fit(text_);
    if (!fit) return;
    hits_.push_back(
        {*fit, FoundKind::kRequest, asked.id.str(),
         fmt::format("{} in {}{}", asked.permission_set_name, asked.accounts.front().name,
                     asked.accounts.size() > 1 ? fmt::format(" and {} more", asked.accounts.size() - 1) : ""),
         fmt::format("{}, {}", asked.requester_name, name_of(access::status_of(request, view.state, now)))});
  }

  /// The best of them: by how well they fit, then short names first.
  [[nodiscard]] json::array best(std::size_t limit) {
    const auto is_better = [](const Hit& a, const Hit& b) {
      return std::tuple(a.fit, a.kind, a.name.size(), std::string_view(a.name), std::string_view(a.id)) <
             std::tuple(b.fit, b.kind, b.name.size(), std::string_view(b.name), std::string_view(b.id));
    };
    const auto end = hits_.begin() + static_cast<std::ptrdiff_t>(std::min(limit, hits_.size()));
    std::partial_sort(hits_.begin(), end, hits_.end(), is_better);
    json::array items;
    for (auto it = hits_.begin(); it != end; ++it) {
      items.push_back(
          json::object{{"kind", name_of(it->kind)}, {"id", it->id}, {"name", it->name}, {"detail", it->detail}});
    }
    return items;
  }

 private:
  std::string text_;
  std::vector<FoundKind> kinds_;
  std::vector<Hit> hits_;
};

Result<std::vector<FoundKind>> kinds_of(const Parameters& parameters) {
  std::vector<FoundKind> kinds;
  const auto given = parameters.get("kind");
  if (!given) return kinds;
  for (std::string_view text = *given; !text.empty() || kinds.empty();) {
    const auto comma = text.find(',');
    const auto kind = enum_from<FoundKind>(text.substr(0, comma));
    if (!kind || std::find(kinds.begin(), kinds.end(), *kind) != kinds.end()) {
      return fail("invalid_value",
                  fmt::format("\"kind\" is one or more of {}, each once", fmt::join(enum_names(FoundKind{}), ", ")),
                  "kind");
    }
    kinds.push_back(*kind);
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
  return kinds;
}

void add_organization(Hits& hits, const Finder& finder) {
  const access::Snapshot& all = finder.organization().snapshot();
  hits.add(FoundKind::kAccount, all.accounts, finder.accounts(),
           [](const access::Account& it) { return Hit{.id = it.id.str(), .name = it.name, .detail = it.path}; });
  hits.add(FoundKind::kPermissionSet, all.permission_sets, finder.permission_sets(),
           [](const access::PermissionSet& it) {
             return Hit{.id = it.arn.str(), .name = it.name, .detail = it.description};
           });
  hits.add(FoundKind::kUser, all.users, finder.users(), [](const access::User& it) {
    return Hit{.id = it.id.str(), .name = it.user_name, .detail = it.display_name};
  });
  hits.add(FoundKind::kGroup, all.groups, finder.groups(), [](const access::Group& it) {
    return Hit{.id = it.id.str(), .name = it.name, .detail = fmt::format("{} members", it.members.size())};
  });
}

/// The caller's own, those that wait for anybody, and the one whose id was pasted: of these what may be seen.
void add_requests(Hits& hits, const View& view, const ApiCall& call, const std::string& text) {
  if (!hits.wants(FoundKind::kRequest)) return;
  std::set<access::RequestId> seen;
  const auto consider = [&](const access::RequestId& id) {
    const auto* request = view.state.requests.find(id);
    if (request == nullptr || !may_see(view, *request, call.viewer()) || !seen.insert(id).second) return;
    hits.add_request(view, *request, call.now);
  };
  consider(access::RequestId(text));
  std::size_t left = kRequestsLookedThrough;
  if (const auto own = view.requests_of.find(call.caller.user); own != view.requests_of.end()) {
    for (auto it = own->second.rbegin(); it != own->second.rend() && left > 0; ++it, --left) consider(*it);
  }
  left = kRequestsLookedThrough;
  for (auto it = view.pending.rbegin(); it != view.pending.rend() && left > 0; ++it, --left) consider(*it);
}

}  // namespace

Result<Answer> Api::search(const ApiCall& call) {
  if (auto known = call.parameters.only({"q", "kind", "limit"}); !known) return fail(known.error());
  const auto limit = call.parameters.number("limit", 20, 1, 50);
  if (!limit) return fail(limit.error());
  auto kinds = kinds_of(call.parameters);
  if (!kinds) return fail(kinds.error());
  const auto given = call.parameters.get("q");
  if (!given) return fail("missing_field", "\"q\" says what to look for", "q");
  if (given->empty() || given->size() > kLongestSearch)
    return fail("invalid_value", fmt::format("\"q\" has 1 to {} bytes", kLongestSearch), "q");
  const std::string text = folded(*given);
  if (text.empty()) return json_answer(json::object{{"items", json::array{}}});
  Hits hits(text, std::move(*kinds));
  add_organization(hits, *finder());
  parts_.read_model.read([&](const View& view) { add_requests(hits, view, call, *given); });
  return json_answer(json::object{{"items", hits.best(static_cast<std::size_t>(*limit))}});
}

}  // namespace ag::server
