#include "ledger/merkle.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ag::ledger {
namespace {

using namespace std::string_literals;

// The slow obvious twin: RFC 6962 §2.1 word for word.
Digest recursive_root(std::span<const Digest> leaves) {
  if (leaves.empty()) return sha256("");
  if (leaves.size() == 1) return leaves.front();
  std::size_t split = 1;
  while (split * 2 < leaves.size()) split *= 2;
  const Digest left = recursive_root(leaves.first(split));
  const Digest right = recursive_root(leaves.subspan(split));
  std::string bytes = "\x01";
  bytes.append(left.begin(), left.end());
  bytes.append(right.begin(), right.end());
  return sha256(bytes);
}

std::vector<Digest> leaves_of(std::size_t count) {
  std::vector<Digest> leaves;
  for (std::size_t i = 0; i < count; ++i) leaves.push_back(leaf_hash("entry " + std::to_string(i)));
  return leaves;
}

TreeHead head_of(std::span<const Digest> leaves) {
  TreeHead head;
  for (const Digest& leaf : leaves) head.append(leaf);
  return head;
}

KnownHead known(std::span<const Digest> leaves) { return {leaves.size(), recursive_root(leaves)}; }

TEST(Merkle, HashesAsRfc6962) {
  EXPECT_EQ(to_hex(TreeHead{}.root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(leaf_hash("")), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  EXPECT_EQ(leaf_hash("abc"), sha256("\x00"
                                     "abc"s));
}

// The eight leaves and roots that the Certificate Transparency implementations test with.
TEST(Merkle, KnowsTheRootsOfTheCertificateTransparencyVectors) {
  const std::vector<std::string> inputs = {""s,
                                           "\x00"s,
                                           "\x10"s,
                                           "\x20\x21"s,
                                           "\x30\x31"s,
                                           "\x40\x41\x42\x43"s,
                                           "\x50\x51\x52\x53\x54\x55\x56\x57"s,
                                           "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"s};
  const std::vector<std::string> roots = {
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  };
  TreeHead head;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    head.append(leaf_hash(inputs[i]));
    EXPECT_EQ(to_hex(head.root()), roots[i]) << "of " << i + 1 << " leaves";
  }
}

TEST(Merkle, FrontierLeadsToTheSameRootAsTheWholeTree) {
  constexpr std::size_t kLeaves = 300;
  const auto leaves = leaves_of(kLeaves);
  TreeHead head;
  for (std::size_t n = 0; n <= kLeaves; ++n) {
    ASSERT_EQ(head.size, n);
    ASSERT_EQ(head.root(), recursive_root(std::span(leaves).first(n))) << "of " << n << " leaves";
    if (n < kLeaves) head.append(leaves[n]);
  }
}

TEST(Merkle, FrontierHoldsOneSubtreeForEachBitOfTheSizeLargestFirst) {
  const auto leaves = leaves_of(11);  // 8 + 2 + 1
  const auto all = std::span(leaves);
  const TreeHead head = head_of(all);
  const std::vector<Digest> expected = {recursive_root(all.first(8)), recursive_root(all.subspan(8, 2)), leaves[10]};
  EXPECT_EQ(head.frontier, expected);
}

TEST(Merkle, ProvesEachLeafOfEachTree) {
  const auto leaves = leaves_of(70);
  for (std::size_t n = 1; n <= leaves.size(); ++n) {
    const auto tree = std::span(leaves).first(n);
    const KnownHead head = known(tree);
    for (std::size_t i = 0; i < n; ++i) {
      const Proof proof = inclusion_proof(tree, i);
      ASSERT_TRUE(verify_inclusion(leaves[i], i, proof, head)) << i << " of " << n;
      ASSERT_FALSE(verify_inclusion(leaf_hash("another"), i, proof, head)) << i << " of " << n;
      ASSERT_FALSE(verify_inclusion(leaves[i], i, proof, {n, leaf_hash("another")})) << i << " of " << n;
      if (n > 1) {
        ASSERT_FALSE(verify_inclusion(leaves[i], (i + 1) % n, proof, head)) << i << " of " << n;
      }
    }
  }
}

TEST(Merkle, RefusesInclusionProofsThatAreTooLongTooShortOrAltered) {
  const auto leaves = leaves_of(13);
  const KnownHead head = known(leaves);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    const Proof proof = inclusion_proof(leaves, i);
    Proof longer = proof;
    longer.push_back(leaves[0]);
    EXPECT_FALSE(verify_inclusion(leaves[i], i, longer, head));
    Proof shorter = proof;
    shorter.pop_back();
    EXPECT_FALSE(verify_inclusion(leaves[i], i, shorter, head));
    for (std::size_t k = 0; k < proof.size(); ++k) {
      Proof altered = proof;
      altered[k][7] ^= 1;
      EXPECT_FALSE(verify_inclusion(leaves[i], i, altered, head));
    }
  }
  EXPECT_FALSE(verify_inclusion(leaves[0], 13, {}, head)) << "there is no leaf 13";
  EXPECT_FALSE(verify_inclusion(leaves[0], 0, {}, KnownHead{}));
}

TEST(Merkle, RefusesProofsThatDoNotReachTheSizeThatIsClaimed) {
  const auto leaves = leaves_of(3);
  EXPECT_FALSE(verify_inclusion(leaves[0], 0, {}, {2, leaves[0]}));
  EXPECT_FALSE(verify_inclusion(leaves[0], 0, {leaves[1]}, {1, node_hash(leaves[1], leaves[0])}));
  const KnownHead two = known(std::span(leaves).first(2));
  EXPECT_FALSE(verify_consistency(known(std::span(leaves).first(1)), {3, two.root}, {leaves[1]}));
}

TEST(Merkle, ProvesThatEachTreeContinuesEachOlderOne) {
  const auto leaves = leaves_of(40);
  for (std::size_t n = 1; n <= leaves.size(); ++n) {
    const auto tree = std::span(leaves).first(n);
    for (std::size_t m = 1; m <= n; ++m) {
      const KnownHead older = known(tree.first(m));
      const Proof proof = consistency_proof(tree, m);
      ASSERT_TRUE(verify_consistency(older, known(tree), proof)) << m << " to " << n;
      ASSERT_FALSE(verify_consistency({m, leaf_hash("another")}, known(tree), proof)) << m << " to " << n;
      ASSERT_FALSE(verify_consistency(older, {n, leaf_hash("another")}, proof)) << m << " to " << n;
      for (std::size_t k = 0; k < proof.size(); ++k) {
        Proof altered = proof;
        altered[k][0] ^= 0x80;
        ASSERT_FALSE(verify_consistency(older, known(tree), altered)) << m << " to " << n;
      }
      Proof longer = proof;
      longer.push_back(leaves[0]);
      ASSERT_FALSE(verify_consistency(older, known(tree), longer)) << m << " to " << n;
    }
  }
}

TEST(Merkle, RefusesConsistencyWithATreeWhoseEntryWasAltered) {
  const auto honest = leaves_of(21);
  auto forged = honest;
  forged[4] = leaf_hash("forged");
  EXPECT_FALSE(verify_consistency(known(std::span(honest).first(9)), known(forged), consistency_proof(forged, 9)));
}

TEST(Merkle, EveryTreeContinuesTheEmptyOneAndNoneAShorterOne) {
  const auto leaves = leaves_of(3);
  EXPECT_TRUE(verify_consistency(known({}), known(leaves), {}));
  EXPECT_FALSE(verify_consistency({0, leaves[0]}, known(leaves), {}));
  EXPECT_FALSE(verify_consistency(known(leaves), known(std::span(leaves).first(2)), {}));
}

}  // namespace
}  // namespace ag::ledger
