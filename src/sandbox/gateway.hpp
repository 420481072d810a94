#pragma once
#include "base/http.hpp"
#include "sandbox/world.hpp"

namespace ag::sandbox {

/// The front door: finds the service, checks the signature, the limits and the caller's rights, runs the operation
/// and puts the outcome, or the fault, into the service's protocol. `world.now` is the moment.
[[nodiscard]] HttpResponse answer(World& world, const HttpRequest& request);

}  // namespace ag::sandbox
