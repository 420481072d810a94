#include "server/api/api.hpp"
#include "server/api/body.hpp"

/// Emergency access, and what somebody else finds about it afterwards.
namespace ag::server {
namespace {

struct BreakGlassBody {
  std::string account;
  std::string permission_set;
  std::optional<std::string> duration;
  std::string reason;
  std::string confirm;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("account", self.account);
    codec("permission_set", self.permission_set);
    codec("duration", self.duration);
    codec("reason", self.reason);
    codec("confirm", self.confirm);
  }
};

struct ReviewBody {
  access::Finding finding = access::Finding::kUnjustified;
  std::string comment;
  template <class Self, class Codec>
  static void describe(Self& self, Codec& codec) {
    codec("finding", self.finding);
    codec("comment", self.comment);
  }
};

}  // namespace

Result<Answer> Api::post_break_glass(const ApiCall& call) {
  if (auto known = call.parameters.only({}); !known) return fail(known.error());
  auto body = body_as<BreakGlassBody>(call.request);
  if (!body) return fail(body.error());
  std::optional<Duration> length;
  if (body->duration) {
    const auto parsed = duration_field(*body->duration, "duration");
    if (!parsed) return fail(parsed.error());
    length = *parsed;
  }
  const access::RequestId fresh(fresh_id("req_", call.now));
  return submit_new(call, fresh,
                    access::UseBreakGlass{fresh, std::move(body->account), std::move(body->permission_set), length,
                                          std::move(body->reason), std::move(body->confirm)});
}

Result<Answer> Api::post_review(const ApiCall& call) {
  const auto id = visible_request(call);
  if (!id) return fail(id.error());
  auto body = body_as<ReviewBody>(call.request);
  if (!body) return fail(body.error());
  return submit(call, access::ReviewBreakGlass{*id, body->finding, std::move(body->comment)});
}

}  // namespace ag::server
