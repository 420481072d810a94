#include "access/preview.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "access/approvers.hpp"
#include "access/levels.hpp"
#include "server/api/api.hpp"
#include "server/api/body.hpp"
#include "server/api/facts.hpp"
#include "server/api/terms_view.hpp"

/// What a form shows while it is filled in. Nothing is decided here: access::preview() asks what asking would.
namespace ag::server {
namespace {

constexpr std::size_t kNamesSaid = 10;

struct PreviewBody {
  std::vector<std::string> accounts;
  std::string permission_set;
  std::string duration;
  std::optional<std::string> start;
  std::optional<std::string> reason;
  std::optional<std::string> ticket;
  std::optional<std::string> rule;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("accounts", self.accounts);
    codec("permission_set", self.permission_set);
    codec("duration", self.duration);
    codec("start", self.start);
    codec("reason", self.reason);
    codec("ticket", self.ticket);
    codec("rule", self.rule);
  }
};

/// What is typed is not yet a time: a duration or a start that is none is told as a refusal, and the rest is shown as
/// for none.
struct Typed {
  access::Draft draft;
  std::vector<access::Refusal> refusals;
};

Typed draft_of(PreviewBody body, Instant now) {
  Typed typed;
  typed.draft = {
      std::move(body.accounts), std::move(body.permission_set), {}, {}, std::move(body.reason), std::move(body.ticket),
      std::move(body.rule)};
  if (const auto duration = duration_field(body.duration, "duration")) typed.draft.duration = *duration;
  else typed.refusals.push_back({{}, duration.error()});
  if (!body.start) return typed;
  if (const auto start = time_field(*body.start, "start", now)) typed.draft.start = *start;
  else typed.refusals.push_back({{}, start.error()});
  return typed;
}

json::object place_view(const std::string& id, int line) { return {{"id", id}, {"line", line}}; }

json::object could_view(const access::Step& step, const View& view, const access::UserId& requester, Instant now) {
  std::vector<std::string> names;
  for (const auto* person : access::candidates(step, {view.index, now}, requester)) names.push_back(person->user_name);
  const std::size_t count = names.size();
  std::sort(names.begin(), names.end());
  names.resize(std::min(count, kNamesSaid));
  return {{"count", static_cast<std::int64_t>(count)}, {"names", json::value_from(names)}};
}

std::optional<Wait> usual_wait(const View& view, const access::Terms& terms) {
  if (terms.steps.empty()) return std::nullopt;
  const auto known = view.waits_of.find(terms.rule->id);
  return known == view.waits_of.end() ? std::nullopt : known->second.usual();
}

json::object terms_view(const access::Terms& terms, const View& view, const access::UserId& requester, Instant now) {
  json::array guardrails;
  for (const auto* guardrail : terms.guardrails) guardrails.push_back(place_view(guardrail->id, guardrail->line));
  json::array steps;
  for (const auto& step : terms.steps) {
    json::object shown = step_view(step);
    shown["could"] = could_view(step, view, requester, now);
    steps.push_back(std::move(shown));
  }
  return {{"rule", place_view(terms.rule->id, terms.rule->line)},
          {"guardrails", std::move(guardrails)},
          {"automatic", terms.steps.empty()},
          {"steps", std::move(steps)},
          {"min_seconds", terms.min.count_seconds()},
          {"max_seconds", terms.max.count_seconds()},
          {"reason_min", static_cast<std::int64_t>(terms.reason_min)},
          {"ticket_patterns", json::value_from(terms.ticket_patterns)},
          {"during", during_view(terms, view.index.policy())},
          {"escalations", escalations_view(terms)},
          {"lapse_seconds", terms.lapse.count_seconds()},
          {"session_end", name_of(terms.rule->session_end)},
          {"extend", extend_view(terms)},
          {"wait", nullable(usual_wait(view, terms))}};
}

json::object refusal_view(const access::Refusal& refusal) {
  return {{"account", refusal.account ? json::value(json::string(refusal.account->str())) : json::value(nullptr)},
          {"field", nullable_text(refusal.error.field)},
          {"code", refusal.error.code},
          {"detail", refusal.error.message},
          {"rule", nullable_text(refusal.error.rule)},
          {"fix", nullable_text(refusal.error.fix)}};
}

/// What holds of all accounts together.
struct Together {
  bool is_automatic = true;
  std::size_t reason_min = 1;
  std::vector<std::string> ticket_patterns;
  access::SessionEnd session_end = access::SessionEnd::kSoft;
  std::optional<Wait> wait;

  void add(const access::Terms& terms, const std::optional<Wait>& usual) {
    is_automatic = is_automatic && terms.steps.empty();
    reason_min = std::max(reason_min, terms.reason_min);
    for (const auto& pattern : terms.ticket_patterns) {
      if (std::find(ticket_patterns.begin(), ticket_patterns.end(), pattern) == ticket_patterns.end())
        ticket_patterns.push_back(pattern);
    }
    if (terms.rule->session_end == access::SessionEnd::kHard) session_end = access::SessionEnd::kHard;
    if (usual && (!wait || wait->p50 < usual->p50)) wait = usual;
  }
};

void add_permission_set(json::object& body, const View& view, const access::PermissionSet* set, Instant end) {
  for (const char* member : {"permission_set", "level", "level_reason", "allows", "credentials_until"})
    body[member] = nullptr;
  if (set == nullptr) return;
  const Allows allows = allows_of(set);
  body["permission_set"] = json::object{{"arn", set->arn.str()},
                                        {"name", set->name},
                                        {"description", set->description},
                                        {"session_duration_seconds", set->session_duration.count_seconds()}};
  body["level"] = name_of(view.index.level_of(*set));
  body["level_reason"] = access::reason_of_level(view.index.policy(), *set);
  body["allows"] = json::object{{"text", allows.text}, {"analyzed", allows.is_analyzed}};
  body["credentials_until"] = to_rfc3339(end + set->session_duration);
}

json::object preview_view(const View& view, const access::Preview& seen, const access::Draft& draft,
                          const access::UserId& requester, Instant now) {
  Together together;
  json::array accounts;
  for (const auto& it : seen.accounts) {
    if (it.terms != nullptr) together.add(*it.terms, usual_wait(view, *it.terms));
    accounts.push_back(
        json::object{{"id", it.account->id.str()},
                     {"name", it.account->name},
                     {"path", it.account->path},
                     {"open", it.is_open},
                     {"terms", it.terms != nullptr ? json::value(terms_view(*it.terms, view, requester, now))
                                                   : json::value(nullptr)}});
  }
  const bool is_taken = seen.refusals.empty() && !seen.accounts.empty();
  json::array refusals;
  for (const auto& refusal : seen.refusals) refusals.push_back(refusal_view(refusal));
  const Instant end = seen.start + draft.duration;
  json::object body{{"accounts", std::move(accounts)},
                    {"automatic", is_taken && together.is_automatic},
                    {"reason_min", static_cast<std::int64_t>(together.reason_min)},
                    {"ticket_patterns", json::value_from(together.ticket_patterns)},
                    {"duration_seconds", draft.duration.count_seconds()},
                    {"start", to_rfc3339(seen.start)},
                    {"end", to_rfc3339(end)},
                    {"session_end", name_of(together.session_end)},
                    {"wait", nullable(together.wait)},
                    {"same_as", seen.same_as ? json::value(json::string(seen.same_as->str())) : json::value(nullptr)},
                    {"refusals", std::move(refusals)}};
  add_permission_set(body, view, seen.permission_set, end);
  return body;
}

}  // namespace

Result<Answer> Api::post_preview(const ApiCall& call) {
  if (auto known = call.parameters.only({}); !known) return fail(known.error());
  auto body = body_as<PreviewBody>(call.request);
  if (!body) return fail(body.error());
  Typed typed = draft_of(std::move(*body), call.now);
  // Where the server gives no access at present it says so before everything else.
  if (const auto suspension = parts_.engine.health().suspension)
    typed.refusals.insert(typed.refusals.begin(), {{}, *suspension});
  return json_answer(parts_.read_model.read([&](const View& view) {
    access::Preview seen = access::preview(view.state, view.index, call.caller, typed.draft, call.now);
    // The time that could not be read was told, in the words of its own mistake.
    const bool is_untimed = std::any_of(typed.refusals.begin(), typed.refusals.end(),
                                        [](const auto& refusal) { return refusal.error.field == "duration"; });
    if (is_untimed) std::erase_if(seen.refusals, [](const auto& refusal) { return refusal.error.field == "duration"; });
    seen.refusals.insert(seen.refusals.begin(), typed.refusals.begin(), typed.refusals.end());
    return preview_view(view, seen, typed.draft, call.caller.user, call.now);
  }));
}

}  // namespace ag::server
