#pragma once
#include "base/json.hpp"
#include "server/read_model.hpp"

/// The API's objects, as api/openapi.yaml describes them. All that a person sees of an account, a permission set or
/// a level comes from ids through here, never from what a requester wrote.
namespace ag::server {

/// Who looks: what is shown depends on it.
struct Viewer {
  access::UserId user;
  bool admin = false;
};

[[nodiscard]] json::value nullable(const std::optional<Instant>& at);
[[nodiscard]] json::value nullable(const std::optional<std::string>& text);

[[nodiscard]] json::value nullable(const std::optional<Wait>& wait);
/// Null when it is empty.
[[nodiscard]] json::value nullable_text(std::string_view text);

/// Of somebody who may be an administrator outside the directory: the id is null then.
[[nodiscard]] json::object known_person_view(const access::UserId& id, std::string_view name);
[[nodiscard]] json::object person_view(const access::Organization& organization, const access::UserId& id,
                                       std::string_view known_as);
[[nodiscard]] json::array parties_view(const std::vector<access::Party>& parties);
[[nodiscard]] json::object step_view(const access::Step& step);
[[nodiscard]] json::object grant_view(const View& view, const access::GrantState& grant, Instant now);

/// Whether the viewer may see the request: its requester, those who may decide or have decided it, those who were told
/// of a use of break-glass, administrators.
[[nodiscard]] bool may_see(const View& view, const access::RequestState& request, const Viewer& viewer);
/// Whether the viewer's decision is what the request waits for.
[[nodiscard]] bool may_decide(const View& view, const access::RequestState& request, const Viewer& viewer, Instant now);
/// Whether it is a use of break-glass that the viewer may close.
[[nodiscard]] bool may_review(const View& view, const access::RequestState& request, const Viewer& viewer);
/// Whether the viewer is one of those who judge the request, and so has to know what it is about: whoever may see it,
/// but for the requester.
[[nodiscard]] bool may_judge(const View& view, const access::RequestState& request, const Viewer& viewer);
/// Whether the viewer may see proposed changes of the policy: administrators, and those who may decide them.
[[nodiscard]] bool may_see_changes(const View& view, const Viewer& viewer);

}  // namespace ag::server
