#include <fmt/format.h>

#include <charconv>

#include "base/hash.hpp"
#include "ledger/verify.hpp"
#include "server/api/api.hpp"
#include "server/api/body.hpp"
#include "server/checkpoint.hpp"

/// What an auditor takes along: the entries as they are, a proof of one of them, and a check of all.
namespace ag::server {
namespace {

constexpr std::int64_t kMostLines = 10'000;
constexpr std::size_t kMostBytes = std::size_t{8} << 20;

Result<void> admin_only(const ApiCall& call) {
  if (call.caller.role == access::Role::kAdmin) return {};
  return fail("not_allowed", "only an administrator reads the whole ledger; your own requests show their story");
}

std::unexpected<Error> one_at_a_time() {
  return fail({"busy", "the whole ledger is being walked over for somebody else", "", "", "try again in some seconds"});
}

/// What the checkpoints say; those that are missing or cannot be read say nothing.
std::vector<ledger::KnownHead> known_heads(const std::vector<std::string>& paths) {
  std::vector<ledger::KnownHead> heads;
  for (const auto& path : paths) {
    const auto checkpoint = load_checkpoint(path);
    if (!checkpoint || !*checkpoint) continue;
    if (const auto root = digest_from_hex((*checkpoint)->root))
      heads.push_back({static_cast<std::uint64_t>((*checkpoint)->size), *root});
  }
  return heads;
}

json::object verification_view(const std::optional<Verification>& last) {
  if (!last) return {{"state", "never"}, {"at", nullptr}, {"entries", 0}, {"root", nullptr}, {"problem", nullptr}};
  json::value problem(nullptr);
  if (const auto& first = last->report.first_problem) {
    problem = json::object{{"position", static_cast<std::int64_t>(first->position)},
                           {"kind", name_of(first->kind)},
                           {"message", first->message}};
  }
  return {{"state", problem.is_null() ? "ok" : "broken"},
          {"at", to_rfc3339(last->at)},
          {"entries", static_cast<std::int64_t>(last->report.entries)},
          {"root", to_hex(last->report.root)},
          {"problem", std::move(problem)}};
}

struct NoBody {
  template <class Self, class Codec>
  static void describe(Self&, Codec&) {}
};

/// A position out of the path.
std::optional<std::int64_t> position_of(const ApiCall& call) {
  const std::string& text = call.parameters.path.find("index")->second;
  std::int64_t position = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), position);
  if (error != std::errc{} || end != text.data() + text.size() || position < 0) return std::nullopt;
  return position;
}

}  // namespace

Result<Answer> Api::get_verification(const ApiCall& call) {
  if (auto admin = admin_only(call); !admin) return fail(admin.error());
  if (auto known = call.parameters.only({}); !known) return fail(known.error());
  const std::lock_guard lock(verification_mutex_);
  return json_answer(verification_view(verification_));
}

Result<Answer> Api::post_verification(const ApiCall& call) {
  if (auto admin = admin_only(call); !admin) return fail(admin.error());
  if (auto known = call.parameters.only({}); !known) return fail(known.error());
  if (const auto body = body_as<NoBody>(call.request); !body) return fail(body.error());
  const std::unique_lock walking(audit_mutex_, std::try_to_lock);
  if (!walking) return one_at_a_time();
  auto store = parts_.open_ledger();
  if (!store) return fail(store.error());
  auto report = ledger::verify(**store, known_heads(parts_.checkpoints));
  if (!report) return fail(report.error());
  const std::lock_guard lock(verification_mutex_);
  verification_ = Verification{parts_.clock(), std::move(*report)};
  return json_answer(verification_view(verification_));
}

Result<Answer> Api::get_proof(const ApiCall& call) {
  if (auto admin = admin_only(call); !admin) return fail(admin.error());
  if (auto known = call.parameters.only({"size"}); !known) return fail(known.error());
  const auto size_now = parts_.read_model.read([](const View& view) { return view.state.size.get(); });
  const auto size = call.parameters.number("size", size_now, 1, size_now);
  if (!size) return fail(size.error());
  const auto position = position_of(call);
  if (!position || *position >= *size) {
    return fail("not_found", fmt::format("there is no such entry on the ledger of {} entries", *size), "index");
  }
  const std::unique_lock walking(audit_mutex_, std::try_to_lock);
  if (!walking) return one_at_a_time();
  auto store = parts_.open_ledger();
  if (!store) return fail(store.error());
  std::vector<Digest> leaves;
  leaves.reserve(static_cast<std::size_t>(*size));
  ledger::TreeHead head;
  const auto read = (*store)->read(0, static_cast<std::uint64_t>(*size), [&](ledger::Position, std::string_view bytes) {
    leaves.push_back(ledger::leaf_hash(bytes));
    head.append(leaves.back());
    return true;
  });
  if (!read) return fail(read.error());
  if (leaves.size() != static_cast<std::size_t>(*size))
    return fail("ledger_unavailable", "the ledger on the disk is shorter than the one in memory", "");
  const auto index = static_cast<std::uint64_t>(*position);
  json::array path;
  for (const auto& node : ledger::inclusion_proof(leaves, index)) path.push_back(json::string(to_hex(node)));
  return json_answer(json::object{{"index", *position},
                                  {"size", *size},
                                  {"root", to_hex(head.root())},
                                  {"leaf_hash", to_hex(leaves[static_cast<std::size_t>(index)])},
                                  {"path", std::move(path)}});
}

Result<Answer> Api::export_audit(const ApiCall& call) {
  if (auto admin = admin_only(call); !admin) return fail(admin.error());
  if (auto known = call.parameters.only({"from", "limit"}); !known) return fail(known.error());
  const auto from = call.parameters.number("from", 0, 0, INT64_MAX);
  if (!from) return fail(from.error());
  const auto limit = call.parameters.number("limit", kMostLines, 1, kMostLines);
  if (!limit) return fail(limit.error());
  auto store = parts_.open_ledger();
  if (!store) return fail(store.error());
  HttpResponse response;
  std::int64_t lines = 0;
  std::optional<std::int64_t> next;
  // One more than asked, to know whether there are more; the first line whatever its length.
  const auto read = (*store)->read(static_cast<ledger::Position>(*from), static_cast<std::uint64_t>(*limit) + 1,
                                   [&](ledger::Position position, std::string_view bytes) {
                                     const bool is_full = response.body.size() + bytes.size() > kMostBytes && lines > 0;
                                     if (lines == *limit || is_full) {
                                       next = static_cast<std::int64_t>(position);
                                       return false;
                                     }
                                     response.body.append(bytes).append("\n");
                                     ++lines;
                                     return true;
                                   });
  if (!read) return fail(read.error());
  response.headers.add("Content-Type", "application/jsonl");
  response.headers.add("Content-Disposition", fmt::format("attachment; filename=\"ledger-from-{}.jsonl\"", *from));
  if (next) response.headers.add("AccessGuard-Next", std::to_string(*next));
  return response;
}

}  // namespace ag::server
