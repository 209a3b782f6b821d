"""What a client sees of rules of access where there is no authoriser."""

from lab import case, each, error_name

TOPIC, CLUSTER, ANY = 2, 4, 1
LITERAL, READ, ALLOW = 3, 3, 3
SUPPORTED = [1, 2, 3]


def described(lab, version, **more):
    body = {"ResourceTypeFilter": ANY, "ResourceNameFilter": None, "PatternTypeFilter": LITERAL, "PrincipalFilter": None}
    answer = lab.call("DescribeAcls", version, **{**body, "HostFilter": None, "Operation": ANY, "PermissionType": ANY, **more})
    return answer if answer == "closed" else [error_name(answer["ErrorCode"]), len(answer["Resources"])]


def rule(name):
    where = {"ResourceType": TOPIC, "ResourceName": name, "ResourcePatternType": LITERAL}
    return {**where, "Principal": "User:a", "Host": "*", "Operation": READ, "PermissionType": ALLOW}


def filter_of(name):
    where = {"ResourceTypeFilter": TOPIC, "ResourceNameFilter": name, "PatternTypeFilter": LITERAL}
    return {**where, "PrincipalFilter": None, "HostFilter": None, "Operation": READ, "PermissionType": ALLOW}


@each(SUPPORTED)
def rules_are_described(lab, value):
    lab.see("any", described(lab, value))
    lab.see("cluster", described(lab, value, ResourceTypeFilter=CLUSTER, ResourceNameFilter="kafka-cluster"))


@each(SUPPORTED)
def rules_are_made(lab, value):
    for count in (0, 1, 2):
        answer = lab.call("CreateAcls", value, Creations=[rule(f"t{number}") for number in range(count)])
        lab.see(f"{count}", [error_name(one["ErrorCode"]) for one in answer["Results"]])


@each(SUPPORTED)
def rules_are_deleted(lab, value):
    for count in (0, 1, 2):
        answer = lab.call("DeleteAcls", value, Filters=[filter_of(f"t{number}") for number in range(count)])
        lab.see(f"{count}", [[error_name(one["ErrorCode"]), len(one["MatchingAcls"])] for one in answer["FilterResults"]])


@case
def rules_that_make_no_sense(lab):
    lab.see("unknown operation", described(lab, 3, Operation=99))
    answer = lab.call("CreateAcls", 3, Creations=[{**rule(""), "Operation": ANY}])
    lab.see("empty name", answer if answer == "closed" else [error_name(one["ErrorCode"]) for one in answer["Results"]])
