"""EKS's part: etcd, the API server, the controllers and the scheduler of the cluster that the cloud has."""
