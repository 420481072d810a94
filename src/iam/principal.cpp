#include "iam/principal.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "iam/pattern.hpp"

namespace ag::iam {
namespace {

std::string_view after_last_slash(std::string_view text) { return text.substr(text.rfind('/') + 1); }

/// `AIDA…`, `AROA…`: what AWS puts in the place of a principal that was deleted, and takes too.
bool is_unique_id(std::string_view text) {
  return text.size() >= 16 && text.starts_with('A') &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
}

const ContextKey& userid_key() {
  static const ContextKey key("aws:userid");
  return key;
}

}  // namespace

bool is_account_id(std::string_view text) {
  return text.size() == 12 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

Result<Principal> Principal::parse(std::string_view text) {
  const auto invalid = [text] {
    return fail("invalid_principal",
                fmt::format("{}: a principal is an ARN of IAM or STS, a service, an account or \"*\"", excerpt(text)),
                "principal");
  };
  Principal principal;
  principal.text_ = text;
  if (text == "*") return principal;
  if (is_account_id(text)) {
    principal.kind_ = PrincipalKind::kRoot;
    principal.account_ = text;
    return principal;
  }
  if (!text.starts_with("arn:")) {
    if (text.find('.') == std::string_view::npos || text.find_first_of(" :*") != std::string_view::npos)
      return invalid();
    principal.kind_ = PrincipalKind::kService;
    return principal;
  }
  const Segments arn(text);
  if (arn.count < arn.part.size() || !is_account_id(arn.part[4])) return invalid();
  principal.partition_ = arn.part[1];
  principal.account_ = arn.part[4];
  const std::string_view service = arn.part[2];
  const std::string_view rest = arn.part[5];
  const auto slash = rest.find('/');
  const std::string_view type = rest.substr(0, slash);
  const std::string_view name = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  if (service == "iam" && rest == "root") {
    principal.kind_ = PrincipalKind::kRoot;
    return principal;
  }
  if (name.empty()) return invalid();
  principal.name_ = after_last_slash(name);
  if (service == "iam" && type == "user") {
    principal.kind_ = PrincipalKind::kUser;
  } else if (service == "iam" && type == "role") {
    principal.kind_ = PrincipalKind::kRole;
    principal.service_linked_ = name.starts_with("aws-service-role/");
  } else if (service == "iam" && (type == "saml-provider" || type == "oidc-provider")) {
    principal.kind_ = PrincipalKind::kProvider;
  } else if (service == "sts" && type == "federated-user") {
    principal.kind_ = PrincipalKind::kFederatedUser;
  } else if (service == "sts" && type == "assumed-role" && name.find('/') != std::string_view::npos) {
    principal.kind_ = PrincipalKind::kRoleSession;
    principal.name_ = name.substr(0, name.find('/'));
    principal.service_linked_ = principal.name_.starts_with("AWSServiceRoleFor");
  } else {
    return invalid();
  }
  return principal;
}

bool Principal::has_identity() const {
  return kind_ != PrincipalKind::kService && kind_ != PrincipalKind::kProvider && kind_ != PrincipalKind::kAnonymous;
}

PrincipalPatterns::PrincipalPatterns(const PrincipalElement& element) : sense_(element.sense) {
  for (const auto& pattern : element.patterns) entries_.push_back(entry_of(pattern));
}

PrincipalPatterns::Entry PrincipalPatterns::entry_of(const PrincipalPattern& pattern) {
  Entry entry{Form::kNobody, pattern.name};
  switch (pattern.type) {
    case PrincipalType::kService: entry.form = Form::kService; return entry;
    case PrincipalType::kFederated: entry.form = Form::kProvider; return entry;
    case PrincipalType::kCanonicalUser: entry.form = Form::kCanonicalUser; return entry;
    case PrincipalType::kUnknown: return entry;
    case PrincipalType::kAws: break;
  }
  if (pattern.name == "*") {
    entry.form = Form::kEveryone;
  } else if (is_account_id(pattern.name)) {
    entry.form = Form::kAccount;
    entry.account = pattern.name;
  } else if (is_unique_id(pattern.name)) {
    entry.form = Form::kUniqueId;
  } else if (pattern.name.starts_with("arn:")) {
    entry.form = Form::kArn;
    const Segments arn(pattern.name);
    if (arn.count < arn.part.size()) return entry;
    entry.partition = arn.part[1];
    entry.account = arn.part[4];
    constexpr std::string_view kSession = "assumed-role/";
    if (arn.part[2] == "sts" && arn.part[5].starts_with(kSession)) {
      const std::string_view session = arn.part[5].substr(kSession.size());
      entry.session_of = session.substr(0, session.find('/'));
    }
    if (arn.part[2] != "iam") return entry;
    if (arn.part[5] == "root") entry.form = Form::kAccount;
    if (arn.part[5].starts_with("role/")) entry.role = after_last_slash(arn.part[5]);
    if (arn.part[5].starts_with("user/")) entry.user = after_last_slash(arn.part[5]);
  }
  return entry;
}

PrincipalMatch PrincipalPatterns::match_one(const Entry& entry, const Principal& principal, const Context& context,
                                            std::vector<std::string>* unknown) {
  constexpr PrincipalMatch kNoMatch;
  constexpr PrincipalMatch kDirect{.direct = Truth::kYes};
  constexpr PrincipalMatch kEntity{.entity = Truth::kYes};
  const bool same_partition =
      entry.partition.empty() || principal.partition_.empty() || entry.partition == principal.partition_;
  switch (entry.form) {
    case Form::kEveryone: return kDirect;
    case Form::kAccount:
      if (principal.account_ != entry.account || !same_partition || !principal.has_identity()) return kNoMatch;
      if (principal.kind_ == PrincipalKind::kRoot) return kDirect;
      return {.account = Truth::kYes};
    case Form::kArn: {
      if (entry.text == principal.text_) return principal.kind_ == PrincipalKind::kRole ? kEntity : kDirect;
      if (principal.account_ != entry.account || !same_partition) return kNoMatch;
      // A session's ARN has the role's name without its path, and names are unique in an account.
      const bool of_role =
          principal.kind_ == PrincipalKind::kRoleSession && !entry.role.empty() && entry.role == principal.name_;
      const bool of_user =
          principal.kind_ == PrincipalKind::kFederatedUser && !entry.user.empty() && entry.user == principal.name_;
      return of_role || of_user ? kEntity : kNoMatch;
    }
    case Form::kUniqueId: {
      const auto found = context.find(userid_key());
      if (found.state == Context::State::kUnknown && principal.has_identity()) {
        if (unknown != nullptr) unknown->push_back(userid_key().name());
        return {.direct = Truth::kMaybe};
      }
      if (found.state != Context::State::kPresent || found.values->size() != 1) return kNoMatch;
      const std::string_view id = found.values->front();
      if (id == entry.text) return principal.kind_ == PrincipalKind::kRole ? kEntity : kDirect;
      // AROA…:session
      return id.starts_with(entry.text) && id.substr(entry.text.size()).starts_with(':') ? kEntity : kNoMatch;
    }
    case Form::kService:
      return principal.kind_ == PrincipalKind::kService && entry.text == principal.text_ ? kDirect : kNoMatch;
    case Form::kProvider:
      return (principal.kind_ == PrincipalKind::kProvider || principal.kind_ == PrincipalKind::kService) &&
                     entry.text == principal.text_
                 ? kDirect
                 : kNoMatch;
    case Form::kCanonicalUser:
    case Form::kNobody: break;
  }
  return kNoMatch;
}

PrincipalMatch PrincipalPatterns::match(const Principal& principal, const Context& context,
                                        std::vector<std::string>* unknown) const {
  if (sense_ == Sense::kAbsent) return {};
  PrincipalMatch match;
  for (const auto& entry : entries_) {
    const auto one = match_one(entry, principal, context, unknown);
    match.direct |= one.direct;
    match.entity |= one.entity;
    match.account |= one.account;
  }
  if (sense_ == Sense::kIs) return match;
  return {.direct = !spares(match, principal)};
}

Truth PrincipalPatterns::spares(const PrincipalMatch& match, const Principal& principal) const {
  const auto names = [&](auto&& is_meant) {
    return std::ranges::any_of(entries_, [&](const Entry& entry) {
      return entry.form == Form::kArn && entry.account == principal.account_ && is_meant(entry);
    });
  };
  Truth spared = match.direct;
  if (!names([&](const Entry& entry) { return !entry.session_of.empty() && entry.session_of == principal.name_; }))
    spared |= match.entity;
  if (!names([](const Entry&) { return true; })) spared |= match.account;
  return spared;
}

}  // namespace ag::iam
