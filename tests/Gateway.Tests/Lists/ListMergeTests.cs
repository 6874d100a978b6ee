using CsCheck;
using Gateway.Lists;
using Gateway.Providers.Contract;
using Xunit;

namespace Gateway.Tests.Lists;

/// <summary>A merge of sources that break ties as they like gives what one sorted list would.</summary>
public sealed class ListMergeTests
{
    [Fact]
    public Task Pages_merged_from_several_accounts_are_those_of_one_sorted_list() =>
        Gen.Select(Gen.Select(Gen.Int[0, 6], Gen.Int[0, 3]).Array[0, 40], Gen.Int[1, 8], Gen.Int[1, 5], Gen.Bool, Gen.Bool)
            .SampleAsync(async (made, limit, extra, descending, isShared) =>
            {
                var order = descending ? ListOrder.Descending : ListOrder.Ascending;
                var items = made.Select(
                    (item, index) => (item.Item2, Item: new ListItem(item.Item1, $"{(uint)(index * 2_654_435_761):x8}", default))).ToList();
                var sorted = items.Select(each => each.Item).ToList();
                sorted.Sort((a, b) => a.ListPosition.CompareTo(b.ListPosition, order));
                var walked = new List<ListItem>();
                ListPlace? behind = null;
                MergedPage page;
                do
                {
                    var sources = Enumerable.Range(0, 4).Select(account => new ListSource(
                        Fetch(items.Where(each => isShared || each.Item1 == account).Select(each => each.Item), order),
                        order, behind, null, limit + extra)).ToList();
                    page = await ListMerge.RunAsync(sources, limit, order, CancellationToken.None);
                    Assert.Equal(page.HasMore, walked.Count + page.Items.Count < sorted.Count);
                    walked.AddRange(page.Items);
                    behind = page.Items.Count > 0 ? page.Items[^1].ListPosition : behind;
                }
                while (page.HasMore);
                Assert.Equal(sorted, walked);
            }, iter: 500);

    /// <summary>A source that breaks ties by arrival.</summary>
    private static FetchPage Fetch(IEnumerable<ListItem> items, ListOrder order)
    {
        var all = (order == ListOrder.Descending ? items.OrderByDescending(item => item.CreatedAt) : items.OrderBy(item => item.CreatedAt)).ToList();
        return (limit, after, _) =>
        {
            var start = after is null ? 0 : all.FindIndex(item => item.Id == after) + 1;
            return ValueTask.FromResult(new ListFetch(new ListPage([.. all.Skip(start).Take(limit)], start + limit < all.Count), null));
        };
    }
}
