#include "access/yaml.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <optional>
#include <set>
#include <sstream>

#include "base/text.hpp"

namespace ag::access::yaml {
namespace {

constexpr std::size_t kMaxDepth = 16;         // a policy needs seven
constexpr std::size_t kMostDuplicates = 50;   // a file that is all wrong need not be told a thousand times
constexpr std::size_t kLongestMessage = 200;  // of yaml-cpp's; some quote the file

// yaml-cpp reports through callbacks that return nothing: this is thrown through it and caught in parse().
struct Refusal {
  Problem problem;
};

class TreeBuilder : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (root_) refuse(mark, "invalid_yaml", "a second document begins; one file holds one policy");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(mark, "?", anchor, Node{.kind = Kind::kNull});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse_anchor(mark); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    // yaml-cpp marks a plain scalar with the tag "?" and a quoted one with "!".
    const bool quoted = tag == "!";
    const bool null = !quoted && (value.empty() || value == "~" || value == "null");
    add(mark, quoted ? "?" : tag, anchor,
        Node{.kind = null ? Kind::kNull : Kind::kScalar, .quoted = quoted, .scalar = value});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Kind::kSequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Kind::kMapping);
  }
  void OnMapEnd() override { close(); }

  [[nodiscard]] Document take() { return {root_ ? std::move(*root_) : Node{.line = 1}, std::move(duplicates_)}; }

 private:
  struct Open {
    Node node;
    std::optional<Node> key;
    std::set<std::string> keys;
  };

  [[noreturn]] static void refuse(const YAML::Mark& mark, std::string code, std::string_view what) {
    throw Refusal{{mark.line + 1, std::move(code), std::string(what)}};
  }
  [[noreturn]] static void refuse_anchor(const YAML::Mark& mark) {
    refuse(mark, "invalid_yaml", "anchors and aliases are not allowed here; write it out, or name a target");
  }
  [[noreturn]] static void refuse_key(const YAML::Mark& mark) { refuse(mark, "invalid_yaml", "a key must be a text"); }
  [[nodiscard]] bool expects_key() const {
    return !open_.empty() && open_.back().node.kind == Kind::kMapping && !open_.back().key;
  }
  void check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) const {
    if (anchor != 0) refuse_anchor(mark);
    if (!tag.empty() && tag != "?") refuse(mark, "invalid_yaml", "tags are not allowed here");
    if (open_.size() >= kMaxDepth) refuse(mark, "invalid_yaml", "nested too deep");
  }
  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Kind kind) {
    // Collections in flow style come with the tag "?", in block style with none.
    check(mark, tag, anchor);
    if (expects_key()) refuse_key(mark);
    open_.push_back({.node = Node{.kind = kind, .line = mark.line + 1}});
  }
  void close() {
    Node done = std::move(open_.back().node);
    open_.pop_back();
    place(std::move(done));
  }
  void add(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Node node) {
    check(mark, tag, anchor);
    node.line = mark.line + 1;
    if (expects_key()) {
      if (node.kind != Kind::kScalar) refuse_key(mark);
      const bool repeated = !open_.back().keys.insert(node.scalar).second;
      if (repeated && duplicates_.size() < kMostDuplicates) {
        duplicates_.push_back(
            {node.line, "duplicate_key",
             fmt::format("\"{}\" is given twice; only one of them could count", excerpt(node.scalar))});
      }
    }
    place(std::move(node));
  }
  void place(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (Open& parent = open_.back(); parent.node.kind == Kind::kSequence) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
      parent.key = std::move(node);
    } else {
      parent.node.members.push_back({std::move(*parent.key), std::move(node)});
      parent.key.reset();
    }
  }

  std::optional<Node> root_;
  std::vector<Open> open_;
  std::vector<Problem> duplicates_;
};

}  // namespace

std::expected<Document, Problem> read(std::string_view text) {
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    TreeBuilder tree;
    while (parser.HandleNextDocument(tree)) {
    }
    return tree.take();
  } catch (const Refusal& refusal) {
    return std::unexpected(refusal.problem);
  } catch (const YAML::Exception& e) {
    const bool readable = e.msg.size() <= kLongestMessage && decode_utf8(e.msg);
    return std::unexpected(
        Problem{e.mark.is_null() ? 1 : e.mark.line + 1, "invalid_yaml", readable ? e.msg : excerpt(e.msg)});
  }
}

std::expected<Node, Problem> parse(std::string_view text) {
  auto document = read(text);
  if (!document) return std::unexpected(document.error());
  if (!document->duplicates.empty()) return std::unexpected(document->duplicates.front());
  return std::move(document->root);
}

}  // namespace ag::access::yaml
