#include "server/finder.hpp"

#include "base/text.hpp"

namespace ag::server {
namespace {

bool is_word_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
}

/// Whether it stands at the beginning of some word: `web` in `prod-web`.
bool begins_word(std::string_view name, std::string_view text) {
  for (auto at = name.find(text); at != std::string_view::npos; at = name.find(text, at + 1)) {
    if (at == 0 || !is_word_character(name[at - 1])) return true;
  }
  return false;
}

}  // namespace

std::optional<Fit> Searchable::fit(std::string_view text) const {
  const auto at = std::string_view(name).find(text);
  if (at == 0) return name.size() == text.size() ? Fit::kWhole : Fit::kBeginning;
  if (at != std::string_view::npos) return begins_word(name, text) ? Fit::kWord : Fit::kInside;
  if (elsewhere.find(text) != std::string::npos) return Fit::kElsewhere;
  return std::nullopt;
}

Searchable searchable(std::string_view name, std::initializer_list<std::string_view> elsewhere) {
  Searchable result{folded(name), {}};
  for (const auto part : elsewhere) {
    result.elsewhere += folded(part);
    result.elsewhere += '\n';  // nobody types it: a text never fits across two parts
  }
  return result;
}

Finder::Finder(std::shared_ptr<const access::Organization> organization) : organization_(std::move(organization)) {
  const access::Snapshot& all = organization_->snapshot();
  for (const auto& it : all.accounts) accounts_.push_back(searchable(it.name, {it.id.str(), it.email, it.path}));
  for (const auto& it : all.units) units_.push_back(searchable(it.name, {it.id.str(), it.path}));
  for (const auto& it : all.permission_sets)
    permission_sets_.push_back(searchable(it.name, {it.arn.str(), it.description}));
  for (const auto& it : all.users) users_.push_back(searchable(it.user_name, {it.display_name, it.email, it.id.str()}));
  for (const auto& it : all.groups) groups_.push_back(searchable(it.name, {it.id.str()}));
}

}  // namespace ag::server
