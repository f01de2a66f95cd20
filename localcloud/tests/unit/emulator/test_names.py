"""The names of the emulator that the adapter uses, as they were when it was written.

When this fails after an upgrade, read what the named functions and stores have become, change localcloud/emulator and
its tests of records, and then the table.
"""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import localcloud.emulator

FILES = sorted(Path(localcloud.emulator.__file__).parent.glob("*.py"))
NAMES = {
    "app.app": "function(scope, receive, send)",
    "core.arn.parse_arn": "function(value)",
    "core.iam_actions._kms_key_id_from_ciphertext": "function(ciphertext_b64)",
    "core.iam_actions._lambda_action": "function(method, path)",
    "core.iam_actions.access_denied_response": (
        "function(service, action, principal_arn, request_id, error_code, message, headers, resource_arn, "
        "explicit_deny, resource_policy_arn)"
    ),
    "core.iam_actions.extract_iam_action": "function(service, method, path, headers, body, query_params)",
    "core.iam_actions.extract_resource_arn": (
        "function(service, method, path, headers, body, query_params, region, account_id)"
    ),
    "core.iam_actions.request_tag_context": "function(service, iam_action, body, params)",
    "core.iam_evaluator.AuthError": "record(code, message, details)",
    "core.iam_evaluator.EvalContext": (
        "record(principal_arn, principal_type, principal_account, action, resource_arn, region, source_ip, "
        "secure_transport, request_tags, tag_keys, service_context, principal_keys)"
    ),
    "core.iam_evaluator.ParsedStatement": (
        "record(sid, effect, actions, not_actions, resources, not_resources, conditions)"
    ),
    "core.iam_evaluator.ResolvedCredential": (
        "record(access_key_id, secret_access_key, account_id, principal_arn, principal_id, principal_type, "
        "principal_name, session_token, expiration, source_access_key_id)"
    ),
    "core.iam_evaluator._is_root_key": "function(access_key_id)",
    "core.iam_evaluator._gather_role_policies": "function(role_name, account_id)",
    "core.iam_evaluator._gather_user_policies": "function(user_name, account_id)",
    "core.iam_evaluator._permissions_boundary": "function(store, name, account_id)",
    "core.iam_evaluator._resolve_condition_key": "function(key, ctx)",
    "core.iam_evaluator._resource_policy": "function(service, resource_arn)",
    "core.iam_evaluator._verified_key": "ContextVar",
    "core.iam_evaluator.authenticate": "function(access_key_id, account_id)",
    "core.iam_evaluator.combine_resource_policy": ("function(identity, ctx, policy, owner_account, required, limits)"),
    "core.iam_evaluator.enforce": "function(access_key_id, iam_action, service, region, resource_arn, service_context)",
    "core.iam_evaluator.evaluate": "function(ctx, policies, limits)",
    "core.iam_evaluator.evaluate_resource_policy": "function(doc, ctx, service, named_only, direct_only)",
    "core.iam_evaluator.is_root_access_key": "function(access_key_id)",
    "core.iam_evaluator.parse_policy_document": "function(doc)",
    "core.iam_evaluator.pin_request_origin": "function(source_ip, secure_transport)",
    "core.iam_evaluator.pin_signed_body": "function(body)",
    "core.iam_evaluator.pin_signed_request": "function(method, raw_path, query_params, raw_headers, handshake)",
    "core.iam_evaluator.resolve_credential": "function(access_key_id, account_id, session_token)",
    "core.lambda_runtime._detect_runtime_binary": "function(runtime)",
    "core.lambda_runtime.execution_credentials": "function(config)",
    "core.lambda_runtime.reset": "function()",
    "core.responses.fix_error_content_type": "function(service, status, headers)",
    "core.responses.request_scope": "function(account_id, region)",
    "core.responses.set_request_account_id": "function(access_key_id)",
    "core.responses.set_request_client_ip": "function(address)",
    "core.responses.set_request_region": "function(region)",
    "core.router.extract_access_key_id": "function(headers, query_params)",
    "core.router.extract_region": "function(headers, query_params)",
    "services.cloudwatch._alarms": "AccountRegionScopedDict",
    "services.cloudwatch._calc_stats": "function(points)",
    "services.cloudwatch._dims_key": "function(dims)",
    "services.cloudwatch._dispatch_alarm_actions": "function(alarm, old_state, new_state, reason)",
    "services.cloudwatch._evaluate_alarm": "function(alarm)",
    "services.cloudwatch._history_entries": "function()",
    "services.cloudwatch._metrics": "AccountRegionScopedDict",
    "services.cloudwatch._stat_value": "function(stats, stat_name, points)",
    "services.cloudwatch.record_metric": "function(namespace, metric_name, value, unit, dimensions)",
    "services.eventbridge._event_from_test_payload": "function(event_obj)",
    "services.eventbridge._matches_pattern": "function(pattern_str, event)",
    "services.glue._classifiers": "AccountRegionScopedDict",
    "services.glue._databases": "AccountRegionScopedDict",
    "services.glue._handle_request_sync": "function(method, path, headers, body, query_params)",
    "services.glue._partitions": "AccountRegionScopedDict",
    "services.glue._security_configs": "AccountRegionScopedDict",
    "services.glue._tables": "AccountRegionScopedDict",
    "services.glue._tags": "AccountScopedDict",
    "services.iam._IAM_HANDLERS": "dict",
    "services.iam._error": "function(status, code, message, ns)",
    "services.iam._oidc_providers": "AccountScopedDict",
    "services.iam._roles": "AccountScopedDict",
    "services.iam._users": "AccountScopedDict",
    "services.iam._xml": "function(status, root_tag, inner, ns)",
    "services.kms._aliases": "AccountRegionScopedDict",
    "services.kms._resolve_key": "function(key_id_or_arn)",
    "services.kms.key_policy_for_arn": "function(resource_arn)",
    "services.lambda_svc._execute_function": "function(func, event)",
    "services.lambda_svc._functions": "AccountRegionScopedDict",
    "services.lambda_svc._get_account_settings": "function()",
    "services.lambda_svc._get_function": "function(name, qualifier)",
    "services.lambda_svc._get_function_config": "function(name, qualifier)",
    "services.lambda_svc._put_function_concurrency": "function(func_name, data)",
    "services.lambda_svc._route_async_failure": "function(target_arn, func_name, event, result)",
    "services.lambda_svc.error_response_json": ("function(code, message, status, extra, message_key, content_type)"),
    "services.lambda_svc.invoke_async_with_retry": "function(func, event)",
    "services.s3._bucket_default_sse_headers": "function(bucket_name)",
    "services.s3._buckets": "AccountScopedDict",
    "services.s3.bucket_region": "function(name)",
    "services.sns._fanout": (
        "function(topic_arn, msg_id, message, subject, message_structure, message_attributes, "
        "message_group_id, message_dedup_id)"
    ),
    "services.sns._matches_filter_policy": "function(sub, message_attributes, message)",
    "services.sns._resolve_message_for_protocol": "function(message, message_structure, protocol)",
    "services.sns._topic_by_arn_any_scope": "function(topic_arn)",
    "services.sqs._queue_by_arn": "function(arn)",
    "services.sqs._queues": "AccountRegionScopedDict",
    "services.sts.is_root_access_key": "function(access_key_id)",
    "services.sts.register_session": "function(access_key, session)",
}


def used() -> Iterator[str]:
    """The names that the adapter imports from the emulator, and the attributes of its modules that it uses."""
    for path in FILES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        modules: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] == "ministack":
                for alias in node.names:
                    name = f"{node.module}.{alias.name}"
                    if _is_module(name):
                        modules[alias.asname or alias.name] = name
                    else:
                        yield name
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
                yield f"{modules[node.value.id]}.{node.attr}"


def _is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def kind(name: str) -> str:
    """What a name is: a function or class with its parameters or fields, or the type of a store."""
    module, _, attribute = name.rpartition(".")
    value: Any = getattr(import_module(module), attribute, None)
    if is_dataclass(value) and isinstance(value, type):
        return f"record({', '.join(field.name for field in fields(value))})"
    if inspect.isfunction(value):
        return f"function({', '.join(inspect.signature(value).parameters)})"
    return "missing" if value is None else type(value).__name__


def test_the_adapter_imports_the_emulator_in_one_way_only() -> None:
    # `import ministack.x` would escape the table.
    nodes = [node for path in FILES for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    plain = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    assert "json" in plain
    assert [name for name in plain if name.partition(".")[0] == "ministack"] == []


def test_every_name_that_the_adapter_uses_is_what_it_was() -> None:
    current = {name.removeprefix("ministack."): kind(name) for name in used()}
    assert current == NAMES
