#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "access/event.hpp"
#include "server/socket/listener.hpp"

/// Tells subscribers what has just become true: the last entries, in memory, from which each stream reads at its
/// own pace. A stream that falls behind what is kept is told to load anew.
namespace ag::server {

/// One thing that happened, for a live view: the facts are then read through the API.
struct Happening {
  std::int64_t index = 0;
  Instant at;
  std::string kind;
  std::optional<access::RequestId> request;
  std::optional<std::string> state;                       ///< of the request, after this
  std::optional<access::ChangeId> change = std::nullopt;  ///< of the policy
};

class EventHub {
 public:
  EventHub();
  /// May the viewer of a stream see this? Called under no lock of the hub's.
  using Filter = std::function<bool(const Happening&)>;

  void publish(std::vector<Happening> happenings);

  /// A stream of what happens after position `after`; none: from now on.
  [[nodiscard]] std::unique_ptr<EventStream> subscribe(std::optional<std::int64_t> after, Filter filter);

  [[nodiscard]] std::size_t subscribers() const;

 private:
  friend class HubStream;
  struct Shared;
  std::shared_ptr<Shared> shared_;  ///< streams may outlive the hub
};

}  // namespace ag::server
