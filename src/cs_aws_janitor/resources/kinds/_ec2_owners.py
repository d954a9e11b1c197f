"""Who manages an EC2 resource, told by the tags that AWS and its tools leave on it.

Source: aws-lifecycle.md, "Managed". The most telling tag comes first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_MANAGED_BY = {
    "eks:nodegroup-name": "EKS node group",
    "karpenter.sh/nodepool": "Karpenter node pool",
    "karpenter.sh/provisioner-name": "Karpenter provisioner",
    "elasticbeanstalk:environment-name": "Elastic Beanstalk environment",
    "aws:elasticmapreduce:job-flow-id": "EMR cluster",
    "AWSBatchServiceTag": "Batch compute environment",
    "aws:batch:compute-environment": "Batch compute environment",
    "aws:ecs:clusterName": "ECS cluster",
    "AmazonECSManaged": "ECS capacity provider",
    "aws:autoscaling:groupName": "Auto Scaling group",
    "eks:cluster-name": "EKS cluster",
    "aws:eks:cluster-name": "EKS cluster",
}
_CLUSTER = "kubernetes.io/cluster/"
_STACK = "aws:cloudformation:stack-name"
_TERRAFORM = frozenset({"managed-by", "managedby", "managed_by", "provisioner", "createdby"})
_TOOLS = frozenset({"terraform", "opentofu"})


def follows(tags: Mapping[str, str], operator: Mapping[str, Any] | None) -> str | None:
    """What replaces or owns the resource, in words, or None where nothing does."""
    if _MANAGED_BY.keys() & tags.keys():
        key = next(key for key in _MANAGED_BY if key in tags)
        return f"{_MANAGED_BY[key]} {tags[key]}".rstrip()
    for key in tags:
        if key.startswith(_CLUSTER):
            return f"Kubernetes cluster {key.removeprefix(_CLUSTER)}"
    if operator and operator.get("Managed"):
        return f"the service {operator.get('Principal', 'that operates it')}"
    return None


def stack(tags: Mapping[str, str]) -> str | None:
    """The code that made the resource, in words: it may make it again."""
    if name := tags.get(_STACK):
        return f"CloudFormation stack {name}"
    for key, value in tags.items():
        lower = key.lower()
        if lower == "terraform" or (lower in _TERRAFORM and value.lower() in _TOOLS):
            return "Terraform"
    return None
