#include "access/event.hpp"

#include <fmt/format.h>

#include <array>

#include "base/hash.hpp"
#include "base/json_memory.hpp"
#include "base/text.hpp"

namespace ag::access {
namespace {

// An entry that is taken apart into JSON takes no more, unless it holds a policy; then it comes from the heap.
constexpr std::size_t kUsualTree = 8'192;

template <std::size_t I = 0>
Result<Event> decode_event(std::string_view kind, const json::value& body) {
  if constexpr (I == std::variant_size_v<Event>) {
    return fail("unknown_kind", fmt::format("\"{}\" is not a kind of entry that this program knows", excerpt(kind)),
                "kind");
  } else {
    using T = std::variant_alternative_t<I, Event>;
    if (kind != T::kKind) return decode_event<I + 1>(kind, body);
    auto event = from_json<T>(body, "body");
    if (!event) return fail(event.error());
    return Event(std::move(*event));
  }
}

/// The entry around its event, whose type hangs on the kind. `Body` is json::value, or a pointer to it when decoding.
template <class Body>
struct Envelope {
  std::int64_t index = 0;
  Instant at;
  Actor actor;
  std::optional<IdempotencyKey> idempotency;
  std::string kind;
  Body body{};
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("index", self.index);
    codec("at", self.at);
    codec("actor", self.actor);
    codec("idempotency", self.idempotency);
    codec("kind", self.kind);
    codec("body", self.body);
  }
};

}  // namespace

std::string version_of(const Request& request) { return to_hex(sha256(canonical_json(to_json(request)))); }

std::string_view kind_of(const Event& event) {
  return std::visit([](const auto& e) { return std::remove_cvref_t<decltype(e)>::kKind; }, event);
}

json::value entry_to_json(const Entry& entry) {
  const Envelope<json::value> envelope{entry.index,
                                       entry.at,
                                       entry.actor,
                                       entry.idempotency,
                                       std::string(kind_of(entry.event)),
                                       std::visit([](const auto& e) { return to_json(e); }, entry.event)};
  return to_json(envelope);
}

std::string encode_entry(const Entry& entry) { return canonical_json(entry_to_json(entry)); }

Result<Entry> decode_entry(std::string_view bytes) {
  std::array<unsigned char, kUsualTree> room;
  json::monotonic_resource memory(room.data(), room.size());
  const auto value = parse_json_in(&memory, bytes);
  if (!value) return fail(value.error());
  auto envelope = from_json<Envelope<const json::value*>>(*value);
  if (!envelope) return fail(envelope.error());
  auto event = decode_event(envelope->kind, *envelope->body);
  if (!event) return fail(event.error());
  return Entry{envelope->index, envelope->at, std::move(envelope->actor), std::move(envelope->idempotency),
               std::move(*event)};
}

}  // namespace ag::access
