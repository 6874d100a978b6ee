using Microsoft.Data.Sqlite;

namespace Gateway.Ledger;

/// <summary>Looks at a ledger's file from outside, also while a gateway uses it; changes nothing.</summary>
internal static class LedgerInspection
{
    /// <summary>Whether it can be used, and what it is.</summary>
    public static (bool Well, string Detail) Of(string path)
    {
        if (!File.Exists(path))
        {
            return (true, $"{path} is made by the first start");
        }

        try
        {
            using var connection = new SqliteConnection(
                new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
            connection.Open();
            using var count = connection.CreateCommand();
            count.CommandText = "SELECT count(*) FROM entries WHERE deleted_ms = 0";
            return (true, $"{path}, containers known: {count.ExecuteScalar()}");
        }
        catch (SqliteException)
        {
            return (false, $"{path} cannot be read; a start sets it aside, and owners are asked for again");
        }
    }
}
