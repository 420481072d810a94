#include "access/scene.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace ag::access {

Instant to_milliseconds(Instant at) {
  return Instant::from_nanoseconds(at.count_nanoseconds() / 1'000'000 * 1'000'000);
}

bool is_admin(const Caller& caller) { return caller.role == Role::kAdmin; }

Result<const RequestState*> find_request(const Scene& scene, const RequestId& id) {
  const RequestState* request = scene.state.requests.find(id);
  if (request == nullptr) {
    return fail({"unknown_request", fmt::format("there is no request \"{}\"", excerpt(id.str())), "id", "",
                 "`accessguard request ls` lists yours"});
  }
  return request;
}

std::unexpected<Error> not_pending(const RequestState& request, const Scene& scene) {
  return fail("not_pending",
              fmt::format("{} is {}; it cannot be decided or withdrawn any more", request.request.id.str(),
                          name_of(status_of(request, scene.state, scene.now))),
              "id");
}

Result<const User*> asking_user(const Scene& scene) {
  if (!scene.organization().known()) {
    return fail("directory_unknown", "AWS has not been read yet; try again in a moment", "");
  }
  const User* user = scene.organization().find(scene.caller.user);
  if (user == nullptr) {
    return fail(
        "unknown_user",
        fmt::format("{} is not in the directory; only its people can be granted access", scene.caller.user_name),
        "user");
  }
  if (!user->enabled)
    return fail("user_disabled", fmt::format("{} is disabled in the directory", user->user_name), "user");
  return user;
}

}  // namespace ag::access
