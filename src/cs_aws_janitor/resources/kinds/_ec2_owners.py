"""Who manages an EC2 resource, told by the tags that AWS and its tools leave on it.

Source: aws-lifecycle.md, "Managed". The most telling tag comes first.
"""

from __future__ import annotations

from functools import lru_cache
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
# What a cluster leaves on its volumes, where it was not told its own name. It goes by them as well.
_OF_A_CLUSTER = {
    "KubernetesCluster": "Kubernetes cluster",
    "CSIVolumeName": "the Kubernetes volume",
    "kubernetes.io/created-for/pv/name": "the Kubernetes volume",
}
_STACK = "aws:cloudformation:stack-name"
_TERRAFORM = frozenset({"managed-by", "managedby", "managed_by", "provisioner", "createdby"})
TERRAFORM = "terraform"
_TOOLS = frozenset({TERRAFORM, "opentofu"})


def telling(tags: Mapping[str, str]) -> Mapping[str, str]:
    """Those of `tags` that may say who owns what bears them: of most resources, none."""
    return {key: value for key, value in tags.items() if _tells(key)}


@lru_cache(maxsize=4096)  # a fleet has many tags and few keys
def _tells(key: str) -> bool:
    lower = key.lower()
    known = key in _MANAGED_BY or key in _OF_A_CLUSTER or key == _STACK
    return known or key.startswith(_CLUSTER) or lower in _TERRAFORM or lower == TERRAFORM


def follows(tags: Mapping[str, str], operator: Mapping[str, Any] | None) -> str | None:
    """What replaces or owns the resource, in words, or None where nothing does."""
    for key in filter(tags.__contains__, _MANAGED_BY) if tags else ():
        return f"{_MANAGED_BY[key]} {tags[key]}".rstrip()
    for key in tags:
        if key.startswith(_CLUSTER):
            return f"Kubernetes cluster {key.removeprefix(_CLUSTER)}"
    for key in filter(tags.__contains__, _OF_A_CLUSTER) if tags else ():
        return f"{_OF_A_CLUSTER[key]} {tags[key]}".rstrip()
    if operator and operator.get("Managed"):
        return f"the service {operator.get('Principal', 'that operates it')}"
    return None


def stack(tags: Mapping[str, str]) -> str | None:
    """The code that made the resource, in words: it may make it again."""
    if name := tags.get(_STACK):
        return f"CloudFormation stack {name}"
    for key, value in tags.items():
        lower = key.lower()
        if lower == TERRAFORM or (lower in _TERRAFORM and value.lower() in _TOOLS):
            return "Terraform"
    return None
