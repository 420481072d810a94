#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What a request says about its circumstances: condition keys and their values.
/// Source: IAM User Guide, reference_policies_condition-keys.html; names are compared without regard to letter case
/// (reference_policies_elements_condition.html).
namespace ag::iam {

/// A key's name, ready to be looked up.
class ContextKey {
 public:
  explicit ContextKey(std::string_view name);
  [[nodiscard]] const std::string& name() const { return name_; }    ///< as it was written
  [[nodiscard]] const std::string& lower() const { return lower_; }  ///< what is compared
  [[nodiscard]] std::uint64_t hash() const { return hash_; }

 private:
  std::string name_;
  std::string lower_;
  std::uint64_t hash_;
};

/// What is true of the keys that nobody set.
enum class Rest {
  kAbsent,   ///< the request does not have them: the whole context is known, as it is to AWS
  kUnknown,  ///< it may have them or not: the question is about requests in general
};

/// A key is present with its values, absent for certain, or unknown. A value may be the empty string; a key with an
/// empty list of values is there without a value, which AWS calls null.
class Context {
 public:
  explicit Context(Rest rest) : rest_(rest) {}

  /// Replaces what was said of the key before.
  void set(std::string_view key, std::vector<std::string> values);
  void set_unknown(std::string_view key);
  void set_absent(std::string_view key);

  enum class State : std::uint8_t { kAbsent, kPresent, kUnknown };
  struct Found {
    State state;
    const std::vector<std::string>* values;  ///< of kPresent; lives as long as the context is not changed
  };
  [[nodiscard]] Found find(const ContextKey& key) const;

 private:
  struct Entry {
    std::uint64_t hash;
    std::string lower;
    State state;
    std::vector<std::string> values;
  };
  void put(std::string_view key, State state, std::vector<std::string> values);

  Rest rest_;
  std::vector<Entry> entries_;  // by hash
};

/// FNV-1a: names are short, and equal hashes are always followed by a comparison.
[[nodiscard]] constexpr std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

}  // namespace ag::iam
