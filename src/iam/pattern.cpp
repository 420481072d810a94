#include "iam/pattern.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace ag::iam {
namespace {

bool continues_code_point(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

/// Room on the stack for what nearly every pattern becomes; the heap for the others.
class SymbolBuffer {
 public:
  void add(Symbol symbol) {
    if (heap_.empty() && size_ < room_.size()) {
      room_[size_++] = symbol;
      return;
    }
    if (heap_.empty()) heap_.assign(room_.begin(), room_.end());
    heap_.push_back(symbol);
  }
  [[nodiscard]] std::span<const Symbol> symbols() const {
    return heap_.empty() ? std::span(room_).first(size_) : std::span<const Symbol>(heap_);
  }

 private:
  std::array<Symbol, 512> room_;  // not initialised: only what was added is read
  std::size_t size_ = 0;
  std::vector<Symbol> heap_;
};

}  // namespace

bool fits(std::span<const Symbol> pattern, std::string_view text) {
  // When what follows the last * does not fit, that * takes one character more; earlier ones need not be tried again.
  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t after_any = kNone;
  std::size_t any_took = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == kAny) {
      after_any = ++p;
      any_took = t;
    } else if (p < pattern.size() && pattern[p] == kOne) {
      ++p;
      do ++t;
      while (t < text.size() && continues_code_point(text[t]));
    } else if (p < pattern.size() && pattern[p] == static_cast<unsigned char>(text[t])) {
      ++p;
      ++t;
    } else if (after_any != kNone) {
      p = after_any;
      do ++any_took;
      while (any_took < text.size() && continues_code_point(text[any_took]));
      t = any_took;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == kAny) ++p;
  return p == pattern.size();
}

Pattern::Pattern(std::string_view text, LanguageVersion version, Wildcards wildcards, Letters letters)
    : letters_(letters) {
  bool literal_so_far = true;
  const auto literal = [letters](char c) {
    const bool upper = letters == Letters::kIgnoreCase && c >= 'A' && c <= 'Z';
    return static_cast<Symbol>(static_cast<unsigned char>(upper ? static_cast<char>(c - 'A' + 'a') : c));
  };
  const auto add = [&](Symbol symbol) {
    // Several * in a row are one, and would only cost time.
    if (symbol == kAny && ends_with_any()) return;
    literal_so_far = literal_so_far && symbol < kAny;
    if (literal_so_far) prefix_ += static_cast<char>(symbol);
    symbols_.push_back(symbol);
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '$' && version == LanguageVersion::k2012 && text.substr(i).starts_with("${")) {
      const auto end = text.find('}', i + 2);
      if (end != std::string_view::npos) {
        const std::string_view inside = text.substr(i + 2, end - i - 2);
        if (inside == "*" || inside == "?" || inside == "$") {
          add(static_cast<unsigned char>(inside.front()));
          i = end;
          continue;
        }
        if (variables_.size() < kMostVariables) {
          add(static_cast<Symbol>(kVariable + variables_.size()));
          add_variable(inside);
          i = end;
          continue;
        }
      }
    }
    if (wildcards == Wildcards::kSpecial && c == '*') add(kAny);
    else if (wildcards == Wildcards::kSpecial && c == '?') add(kOne);
    else add(literal(c));
  }
}

void Pattern::add_variable(std::string_view inside) {
  // `aws:PrincipalTag/team, 'nobody'`
  const auto comma = inside.find(',');
  const std::string_view name = trimmed(inside.substr(0, comma));
  if (comma != std::string_view::npos) {
    const std::string_view value = trimmed(inside.substr(comma + 1));
    if (value.size() >= 2 && value.starts_with('\'') && value.ends_with('\'')) {
      variables_.push_back({ContextKey(name), std::string(value.substr(1, value.size() - 2))});
      return;
    }
  }
  variables_.push_back({ContextKey(comma == std::string_view::npos ? name : inside), std::nullopt});
}

const std::string* Pattern::value_of(const Variable& variable, const Context& context) const {
  const auto found = context.find(variable.key);
  // Only keys with a single value can be used as variables.
  if (found.state == Context::State::kPresent && found.values->size() == 1) return &found.values->front();
  if (found.state == Context::State::kAbsent || (found.values != nullptr && found.values->empty()))
    return variable.fallback ? &*variable.fallback : nullptr;
  return nullptr;
}

Pattern::Resolution Pattern::resolution(const Context& context, std::vector<std::string>* unknown) const {
  Resolution result = Resolution::kResolved;
  for (const auto& variable : variables_) {
    if (context.find(variable.key).state == Context::State::kUnknown) {
      if (unknown != nullptr) unknown->push_back(variable.key.name());
      if (result == Resolution::kResolved) result = Resolution::kUnknown;
    } else if (value_of(variable, context) == nullptr) {
      result = Resolution::kMissing;
    }
  }
  return result;
}

bool Pattern::match_expanded(std::string_view text, const Context& context) const {
  SymbolBuffer expanded;
  for (const Symbol symbol : symbols_) {
    if (symbol < kVariable) {
      expanded.add(symbol);
      continue;
    }
    // Bytes of a value are literal: a tag with a * in it must not open anything.
    const auto* value = value_of(variables_[symbol - kVariable], context);
    const bool lower = letters_ == Letters::kIgnoreCase;
    for (const char c : lower ? to_lower(*value) : *value) expanded.add(static_cast<unsigned char>(c));
  }
  return fits(expanded.symbols(), text);
}

bool Pattern::could_fit(std::string_view text) const {
  SymbolBuffer open;
  for (const Symbol symbol : symbols_) open.add(symbol < kVariable ? symbol : kAny);
  return fits(open.symbols(), text);
}

Truth Pattern::match(std::string_view text, const Context& context, std::vector<std::string>* unknown) const {
  if (!text.starts_with(prefix_)) return Truth::kNo;
  if (is_literal()) return truth(text.size() == prefix_.size());
  if (is_prefix_then_any()) return Truth::kYes;
  if (variables_.empty()) return truth(fits(std::span(symbols_).subspan(prefix_.size()), text.substr(prefix_.size())));
  switch (resolution(context, unknown)) {
    case Resolution::kMissing: return Truth::kNo;
    case Resolution::kUnknown: return Truth::kMaybe;
    case Resolution::kResolved: break;
  }
  return truth(match_expanded(text, context));
}

Segments::Segments(std::string_view text) : whole(text) {
  while (count < 5) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) break;
    part[count++] = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  part[count++] = text;
}

ArnPattern::ArnPattern(std::string_view text, LanguageVersion version, Short fewer) {
  const Segments segments(text);
  bool whole_so_far = true;
  for (std::size_t i = 0; i < segments.count; ++i) {
    Pattern& part = parts_.emplace_back(segments.part[i], version, Wildcards::kSpecial);
    // A variable's own colon splits it, so what is left of it begins with ${ and has no end.
    if (i < 5 && version == LanguageVersion::k2012 && segments.part[i].find("${") != std::string_view::npos)
      never_ = true;
    if (!whole_so_far) continue;
    prefix_ += part.prefix();
    whole_so_far = part.is_literal();
    if (whole_so_far && i + 1 < segments.count) prefix_ += ':';
  }
  if (segments.count < 6 && fewer == Short::kNeverMatches) never_ = true;
}

Pattern::Resolution ArnPattern::resolution(const Context& context, std::vector<std::string>* unknown) const {
  if (never_) return Pattern::Resolution::kMissing;
  return parts_.back().resolution(context, unknown);
}

bool ArnPattern::fits_until_last(const Segments& arn, const Context& context) const {
  if (never_ || !arn.whole.starts_with(prefix_)) return false;
  const std::size_t last = parts_.size() - 1;
  if (arn.count < parts_.size()) return false;
  if (arn.count > parts_.size() && !parts_[last].ends_with_any()) return false;
  for (std::size_t i = 0; i < last; ++i) {
    if (parts_[i].match(arn.part[i], context) != Truth::kYes) return false;
  }
  return arn.part[last].starts_with(parts_[last].prefix());
}

Truth ArnPattern::match(const Segments& arn, const Context& context, std::vector<std::string>* unknown) const {
  if (!fits_until_last(arn, context)) return Truth::kNo;
  return parts_.back().match(arn.part[parts_.size() - 1], context, unknown);
}

bool ArnPattern::lacks_a_value_for(const Segments& arn, const Context& context) const {
  return parts_.back().has_variables() && fits_until_last(arn, context) &&
         parts_.back().resolution(context) == Pattern::Resolution::kMissing &&
         parts_.back().could_fit(arn.part[parts_.size() - 1]);
}

}  // namespace ag::iam
