#include "server/happenings.hpp"

#include <algorithm>
#include <optional>
#include <type_traits>

namespace ag::server {
namespace {

// Requests of one person whose story an observation in AWS can be part of: far more than can be live at once.
constexpr std::size_t kMostTold = 200;

/// The one that asked for more time, and the one whose access lasts longer.
std::vector<access::RequestId> told_by_extension(const View& view, const access::GrantsExtended& event) {
  std::vector<access::RequestId> told{event.request};
  const auto& extended = view.state.requests.find(event.request)->request.extends;
  if (extended) told.push_back(*extended);
  return told;
}

std::optional<access::ChangeId> change_of(const access::Event& event) {
  if (const auto* proposed = std::get_if<access::PolicyProposed>(&event)) return proposed->change;
  if (const auto* decided = std::get_if<access::PolicyChangeDecided>(&event)) return decided->change;
  return std::nullopt;
}

/// The requests whose story the entry is part of: several, where grants of one slot overlap.
std::vector<access::RequestId> requests_of(const View& view, const access::Entry& entry) {
  const auto told_by_slot = [&](const access::Slot& slot) {
    std::vector<access::RequestId> found;
    const auto own = view.requests_of.find(slot.principal);
    if (own == view.requests_of.end()) return found;
    const auto& ids = own->second;
    for (std::size_t i = 0; i < std::min(ids.size(), kMostTold); ++i) {
      const auto& id = ids[ids.size() - 1 - i];
      const auto& story = view.state.requests.find(id)->entries;
      if (std::binary_search(story.begin(), story.end(), entry.index)) found.push_back(id);
    }
    return found;
  };
  return std::visit(
      [&](const auto& e) -> std::vector<access::RequestId> {
        if constexpr (requires { e.request.requester; }) {
          return {e.request.id};
        } else if constexpr (std::is_same_v<std::remove_cvref_t<decltype(e)>, access::GrantsExtended>) {
          return told_by_extension(view, e);
        } else if constexpr (requires { e.request; }) {
          return {e.request};
        } else if constexpr (requires { e.grant; }) {
          const auto* grant = view.state.grants.find(e.grant);
          return grant == nullptr ? std::vector<access::RequestId>{} : std::vector{grant->request};
        } else if constexpr (requires { e.slot; }) {
          return told_by_slot(e.slot);
        } else {
          return {};
        }
      },
      entry.event);
}

}  // namespace

std::vector<Happening> happenings_of(const View& view, const access::Entry& entry) {
  const Happening bare{entry.index, entry.at, std::string(access::kind_of(entry.event)),
                       {},          {},       change_of(entry.event)};
  const auto requests = requests_of(view, entry);
  if (requests.empty()) return {bare};
  std::vector<Happening> happenings;
  for (const auto& id : requests) {
    happenings.push_back(bare);
    happenings.back().request = id;
    happenings.back().state = name_of(access::status_of(*view.state.requests.find(id), view.state, entry.at));
  }
  return happenings;
}

}  // namespace ag::server
