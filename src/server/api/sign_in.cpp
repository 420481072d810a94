#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "server/api/api.hpp"
#include "server/api/body.hpp"
#include "server/api/session.hpp"

/// Browsers sign in here: a session is a token of its own, which the ledger keeps as a hash as it does all of them, and
/// whose secret is in an HttpOnly cookie and nowhere else. A company's own sign-in will begin sessions the same way.
namespace ag::server {
namespace {

constexpr Duration kSessionLifetime = Duration::hours(12);  // a working day, and no second one

struct SignInBody {
  std::optional<std::string> person;
  std::optional<std::string> token;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("person", self.person);
    codec("token", self.token);
  }
};

struct SignOutBody {
  template <class Self, class Codec>
  static void describe(Self&, Codec&) {}
};

access::Caller server_itself() { return {{"system", {}, {}, {}}, {}, "AccessGuard", access::Role::kAdmin}; }

json::object person_of_sandbox(const SandboxPerson& person) {
  json::array groups;
  for (const auto& group : person.groups) groups.push_back(json::string(group));
  return {{"id", person.id.str()},
          {"user_name", person.user_name},
          {"display_name", person.display_name},
          {"groups", std::move(groups)},
          {"administrator", person.role == access::Role::kAdmin}};
}

}  // namespace

Result<Answer> Api::get_sign_in(const ApiCall& call) {
  if (auto known = call.parameters.only({}); !known) return fail(known.error());
  json::array methods;
  json::array people;
  if (!parts_.people.empty()) methods.push_back("person");
  methods.push_back("token");
  for (const auto& person : parts_.people) people.push_back(person_of_sandbox(person));
  return json_answer(
      json::object{{"sandbox", parts_.sandbox}, {"methods", std::move(methods)}, {"people", std::move(people)}});
}

Result<FreshToken> Api::session_of_person(const std::string& person, Instant now) const {
  if (parts_.people.empty()) {
    return fail({"not_allowed", "only a sandbox lets one choose a person: here people sign in with a token", "person",
                 "", "send \"token\", of `accessguard token issue`"});
  }
  const auto is_it = [&](const SandboxPerson& one) { return one.id.str() == person || one.user_name == person; };
  const auto chosen = std::find_if(parts_.people.begin(), parts_.people.end(), is_it);
  if (chosen == parts_.people.end()) {
    return fail({"unknown_user", fmt::format("there is nobody \"{}\" in this sandbox", excerpt(person)), "person", "",
                 "GET /v1/sign-in lists its people"});
  }
  return make_token({chosen->id, chosen->user_name, chosen->role, kSessionLifetime, access::TokenSession{}}, now);
}

/// The call is that token's person's from then on: the entry says who signed in.
Result<FreshToken> Api::session_of_token(ApiCall& call, const std::string& text) {
  auto token = known_token(text, Carrier::kHeader, call.now);
  if (!token) return fail(token.error());
  const access::TokenIssued first = token->token;
  if (auto spoken = speak_for(call, std::move(*token)); !spoken) return fail(spoken.error());
  const Duration lifetime = std::min(kSessionLifetime, first.expires_at - call.now);
  return make_token({first.user, first.user_name, first.role, lifetime, access::TokenSession{first.token}}, call.now);
}

Result<Answer> Api::post_sign_in(const ApiCall& call) {
  if (auto known = call.parameters.only({}); !known) return fail(known.error());
  // A foreign page must not make somebody work under another name without noticing.
  if (source_of(call.request.headers) == Source::kForeign) return fail(foreign_origin());
  const auto body = body_as<SignInBody>(call.request);
  if (!body) return fail(body.error());
  if (body->person.has_value() == body->token.has_value())
    return fail("missing_field", "give exactly one of \"person\" and \"token\"", "person");
  ApiCall signing{call.request, call.parameters, server_itself(), {}, call.request_id, call.now};
  const auto fresh = body->token ? session_of_token(signing, *body->token) : session_of_person(*body->person, call.now);
  if (!fresh) return fail(fresh.error());
  if (!sign_ins_.take(call.now))
    return fail("too_many_sign_ins", "too many sessions begin at once: try again in a moment");
  access::Caller issuing = signing.caller;
  issuing.role = access::Role::kAdmin;  // the server issues it, whoever it is for
  const auto done = parts_.engine.submit(issuing, access::IssueToken{fresh->issued});
  if (!done) return fail(done.error());
  if (auto spoken = speak_for(signing, {fresh->issued, call.now, false}); !spoken) return fail(spoken.error());
  Answer answer = json_answer(me_view(signing));
  std::get<HttpResponse>(answer).headers.add(
      "Set-Cookie", session_cookie(call.request.headers, fresh->text, fresh->issued.expires_at - call.now));
  return answer;
}

Result<Answer> Api::post_sign_out(const ApiCall& call) {
  if (auto known = call.parameters.only({}); !known) return fail(known.error());
  if (const auto body = body_as<SignOutBody>(call.request); !body) return fail(body.error());
  const HttpHeaders& headers = call.request.headers;
  const auto secret = session_of(headers);
  if (source_of(headers) == Source::kForeign || (secret && !may_use_cookie("POST", source_of(headers))))
    return fail(foreign_origin());
  if (const auto token = secret ? known_token(*secret, Carrier::kCookie, call.now) : fail("unauthenticated", "")) {
    const access::TokenIssued& session = token->token;
    const access::Caller owner{
        {"person", session.user.empty() ? std::nullopt : std::optional(session.user), session.user_name, session.token},
        session.user,
        session.user_name,
        access::Role::kAdmin};  // of the own session everybody is
    if (auto done = parts_.engine.submit(owner, access::RevokeToken{session.token}); !done) return fail(done.error());
  }
  HttpResponse response{.status = 204};
  response.headers.add("Set-Cookie", no_session_cookie(headers));
  return response;
}

}  // namespace ag::server
