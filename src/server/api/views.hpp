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

[[nodiscard]] json::object person_view(const access::Organization& organization, const access::UserId& id,
                                       std::string_view known_as);
[[nodiscard]] json::array steps_view(const std::vector<access::Step>& steps);
[[nodiscard]] json::object grant_view(const View& view, const access::GrantState& grant, Instant now);
[[nodiscard]] json::object request_view(const View& view, const access::RequestState& request, const Viewer& viewer,
                                        Instant now);
/// One line of a request's story, in plain words.
[[nodiscard]] json::object timeline_view(const access::Entry& entry);

/// Whether the viewer may see the request: its requester, those who may decide or have decided it, administrators.
[[nodiscard]] bool may_see(const View& view, const access::RequestState& request, const Viewer& viewer);
/// Whether the viewer's decision is what the request waits for.
[[nodiscard]] bool may_decide(const View& view, const access::RequestState& request, const Viewer& viewer,
                              Instant now);

}  // namespace ag::server
