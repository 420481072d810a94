#include <gtest/gtest.h>

#include "sandbox/test_client.hpp"

// What a permission set allows: the policies that are attached to it, and its boundary.
namespace ag::sandbox {
namespace {

using testing::Console;
using testing::Reply;

const std::string kReadOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess";

class SetPolicies : public ::testing::Test {
 protected:
  Reply call(std::string_view operation, json::object more = {}) {
    more["PermissionSetArn"] = console_.slot("prod-web", "BreakGlassAdmin", "ana").permission_set.str();
    return console_.sso(operation, more);
  }
  json::object customers(std::string_view name) {
    return {{"CustomerManagedPolicyReference", json::object{{"Name", name}, {"Path", "/team/"}}}};
  }
  std::size_t count(std::string_view operation, std::string_view member) {
    return call(operation).body.at(member).as_array().size();
  }

  Console console_;
};

TEST_F(SetPolicies, AttachAndDetachAwssOwn) {
  const json::object policy{{"ManagedPolicyArn", kReadOnly}};
  EXPECT_EQ(call("AttachManagedPolicyToPermissionSet", policy).status, 200);
  EXPECT_EQ(count("ListManagedPoliciesInPermissionSet", "AttachedManagedPolicies"), 2U);
  EXPECT_EQ(call("AttachManagedPolicyToPermissionSet", policy).error(), "ConflictException");
  EXPECT_EQ(call("DetachManagedPolicyFromPermissionSet", policy).status, 200);
  EXPECT_EQ(call("DetachManagedPolicyFromPermissionSet", policy).error(), "ResourceNotFoundException");
  EXPECT_EQ(
      call("AttachManagedPolicyToPermissionSet", {{"ManagedPolicyArn", "arn:aws:iam::111122223333:policy/P"}}).error(),
      "ValidationException")
      << "a customer's own goes by its name";
}

TEST_F(SetPolicies, AttachAndDetachThoseOfEachAccount) {
  EXPECT_EQ(call("AttachCustomerManagedPolicyReferenceToPermissionSet").error(), "ValidationException");
  EXPECT_EQ(call("AttachCustomerManagedPolicyReferenceToPermissionSet", customers("ReadLake")).status, 200);
  EXPECT_EQ(call("AttachCustomerManagedPolicyReferenceToPermissionSet", customers("ReadLake")).error(),
            "ConflictException");
  const Reply listed = call("ListCustomerManagedPolicyReferencesInPermissionSet");
  const auto& references = listed.body.at("CustomerManagedPolicyReferences").as_array();
  ASSERT_EQ(references.size(), 1U);
  EXPECT_EQ(references[0], json::value({{"Name", "ReadLake"}, {"Path", "/team/"}}));
  EXPECT_EQ(call("DetachCustomerManagedPolicyReferenceFromPermissionSet", customers("ReadLake")).status, 200);
  EXPECT_EQ(call("DetachCustomerManagedPolicyReferenceFromPermissionSet", customers("ReadLake")).error(),
            "ResourceNotFoundException");
}

TEST_F(SetPolicies, AreTwentyAtMost) {
  for (int i = 0; i < 19; ++i) {
    const std::string name = "P" + std::to_string(i);
    EXPECT_EQ(call("AttachCustomerManagedPolicyReferenceToPermissionSet", customers(name)).status, 200);
  }
  EXPECT_EQ(call("AttachCustomerManagedPolicyReferenceToPermissionSet", customers("P19")).error(),
            "ServiceQuotaExceededException");
}

TEST_F(SetPolicies, HaveOneBoundaryOrNone) {
  EXPECT_EQ(call("GetPermissionsBoundaryForPermissionSet").error(), "ResourceNotFoundException");
  const auto put = [&](json::object boundary) {
    return call("PutPermissionsBoundaryToPermissionSet", {{"PermissionsBoundary", std::move(boundary)}});
  };
  EXPECT_EQ(put({}).error(), "ValidationException");
  json::object both = customers("Fence");
  both["ManagedPolicyArn"] = kReadOnly;
  EXPECT_EQ(put(both).error(), "ValidationException");
  EXPECT_EQ(put({{"ManagedPolicyArn", kReadOnly}}).status, 200);
  EXPECT_EQ(call("GetPermissionsBoundaryForPermissionSet").at("PermissionsBoundary", "ManagedPolicyArn"), kReadOnly);
  EXPECT_EQ(put(customers("Fence")).status, 200);
  const Reply own = call("GetPermissionsBoundaryForPermissionSet");
  EXPECT_TRUE(own.body.at("PermissionsBoundary").as_object().contains("CustomerManagedPolicyReference")) << own.text;
  EXPECT_EQ(call("DeletePermissionsBoundaryFromPermissionSet").status, 200);
  EXPECT_EQ(call("GetPermissionsBoundaryForPermissionSet").error(), "ResourceNotFoundException");
}

TEST(ManagedPolicies, AreAnsweredByIamAsAwsHasThem) {
  Console console;
  const auto get = [&](std::string_view arn) {
    return console.query("Action=GetPolicy&Version=2010-05-08&PolicyArn=" + std::string(arn), "iam");
  };
  EXPECT_EQ(get("arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FReadOnlyAccess").element("Arn"), kReadOnly);
  EXPECT_EQ(get("arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FNothing").element("Code"), "NoSuchEntity");
  EXPECT_EQ(get("ReadOnlyAccess").element("Code"), "NoSuchEntity") << "by ARN alone";
}

}  // namespace
}  // namespace ag::sandbox
