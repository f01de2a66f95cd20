"""Which resources hold something that a deletion or replacement loses."""

from collections.abc import Mapping

LOST: Mapping[str, str] = {
    "aws:s3/bucket:Bucket": "its objects",
    "aws:s3/bucketV2:BucketV2": "its objects",
    "aws:kms/key:Key": "access to all that it encrypted",
    "aws:dynamodb/table:Table": "its items",
    "aws:glue/catalogDatabase:CatalogDatabase": "its tables",
    "aws:glue/catalogTable:CatalogTable": "its partitions and schema versions",
    "aws:athena/workgroup:Workgroup": "its query history",
    "aws:sqs/queue:Queue": "its messages",
    "aws:sns/topic:Topic": "its confirmed subscriptions",
    "aws:sns/topicSubscription:TopicSubscription": "its confirmation",
    "aws:cloudwatch/logGroup:LogGroup": "its logs",
    "aws:codecommit/repository:Repository": "its commits and pull requests",
    "aws:codepipeline/pipeline:Pipeline": "its execution history",
    "aws:quicksight/dataSet:DataSet": "its imported data",
    "aws-native:sagemaker:ModelPackageGroup": "its model versions",
}
"""Resource type to what is lost."""
