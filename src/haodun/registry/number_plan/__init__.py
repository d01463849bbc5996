"""Who was given which numbers, and who took them over, by date (电信网码号资源管理办法, 携号转网服务管理规定)."""
